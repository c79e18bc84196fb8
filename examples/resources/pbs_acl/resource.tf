# Whoever backs up into the datastore `store1`, in its namespace `laptops`.
resource "pbs_acl" "laptops" {
  path    = "/datastore/store1/laptops"
  auth_id = "backup@pbs"
  role_id = "DatastoreBackup"
}

# Only on the datastore itself, not on its namespaces.
resource "pbs_acl" "auditor" {
  path      = "/datastore/store1"
  auth_id   = "auditor@pbs"
  role_id   = "DatastoreAudit"
  propagate = false
}
