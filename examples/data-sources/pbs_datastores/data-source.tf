# All datastores that the provider's credentials are allowed to see.
data "pbs_datastores" "all" {}

output "datastores" {
  value = data.pbs_datastores.all.datastores[*].name
}
