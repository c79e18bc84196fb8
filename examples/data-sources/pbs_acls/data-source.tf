# All grants (ACL entries) whose path is exactly /datastore/store1. Grants on other paths are not included.
data "pbs_acls" "store1" {
  path = "/datastore/store1"
}

output "backup_clients" {
  description = "Users and tokens that have the role DatastoreBackup on this path."
  value       = [for acl in data.pbs_acls.store1.acls : acl.auth_id if acl.role_id == "DatastoreBackup"]
}
