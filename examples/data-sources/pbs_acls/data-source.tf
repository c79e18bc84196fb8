# Who may do what on the datastore store1 itself.
data "pbs_acls" "store1" {
  path = "/datastore/store1"
}

output "writers" {
  value = [for acl in data.pbs_acls.store1.acls : acl.auth_id if acl.role_id == "DatastoreBackup"]
}
