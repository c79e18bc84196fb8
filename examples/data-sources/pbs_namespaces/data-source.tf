data "pbs_namespaces" "store1" {
  datastore = "store1"
}

output "namespaces" {
  description = "Paths of the namespaces in the datastore store1."
  value       = data.pbs_namespaces.store1.paths
}
