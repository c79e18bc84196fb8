# The user backup@pbs has the role DatastoreBackup in the namespace `laptops` of the datastore `store1`.
resource "pbs_acl" "laptops" {
  path    = "/datastore/store1/laptops"
  auth_id = "backup@pbs"
  role_id = "DatastoreBackup"
}

# With `propagate = false`, the role applies to the datastore itself, but not to its namespaces.
resource "pbs_acl" "auditor" {
  path      = "/datastore/store1"
  auth_id   = "auditor@pbs"
  role_id   = "DatastoreAudit"
  propagate = false
}
