data "pbs_namespace" "production" {
  datastore = "store1"
  path      = "production"
}

output "groups" {
  description = "Number of backup groups in the namespace."
  value       = data.pbs_namespace.production.groups
}
