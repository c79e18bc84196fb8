data "pbs_datastores" "all" {}

output "datastores" {
  value = data.pbs_datastores.all.datastores[*].name
}
