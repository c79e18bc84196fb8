# Fails when the token cannot back up into the datastore store1.
data "pbs_permissions" "laptop" {
  path     = "/datastore/store1"
  auth_id  = "backup@pbs!laptop"
  required = ["Datastore.Backup"]
}

# Warns when it may do more than that.
check "least_privilege" {
  assert {
    condition     = toset(keys(data.pbs_permissions.laptop.privileges)) == toset(["Datastore.Backup"])
    error_message = "The token may do more than back up."
  }
}
