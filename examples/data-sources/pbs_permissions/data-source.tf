# Fails if the token lacks the privilege Datastore.Backup on the datastore store1.
data "pbs_permissions" "laptop" {
  path     = "/datastore/store1"
  auth_id  = "backup@pbs!laptop"
  required = ["Datastore.Backup"]
}

# Warns if the token has any other privilege on this datastore.
check "least_privilege" {
  assert {
    condition     = toset(keys(data.pbs_permissions.laptop.privileges)) == toset(["Datastore.Backup"])
    error_message = "The token backup@pbs!laptop has more privileges than Datastore.Backup."
  }
}
