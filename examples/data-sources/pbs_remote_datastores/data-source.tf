data "pbs_remote_datastores" "offsite" {
  remote = "offsite"
}

output "offsite_datastores" {
  description = "Names of the datastores on the remote server."
  value       = data.pbs_remote_datastores.offsite.datastores[*].name
}
