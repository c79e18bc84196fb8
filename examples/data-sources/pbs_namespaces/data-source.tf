data "pbs_namespaces" "store1" {
  datastore = "store1"
}

output "namespaces" {
  description = "Paths of the namespaces, for example `production/web`."
  value       = data.pbs_namespaces.store1.paths
}
