data "pbs_remote_namespaces" "main" {
  remote    = "offsite"
  datastore = "main"
}

output "offsite_namespaces" {
  description = "Paths of the namespaces in the datastore main on the remote server."
  value       = data.pbs_remote_namespaces.main.paths
}
