resource "pbs_api_token" "laptop" {
  user_id    = "backup@pbs"
  token_name = "laptop"
}

# The user backup@pbs already has the role DatastoreBackup on the datastore store1. The token needs the same role.
resource "pbs_acl" "laptop" {
  path    = "/datastore/store1"
  auth_id = pbs_api_token.laptop.id
  role_id = "DatastoreBackup"
}

# Logs in as the token. `id` refers to the grant, so Terraform reads this data source only after the grant is in effect.
# If the secret is null, for example after an import, `valid` is null, and the postcondition accepts the token.
data "pbs_token_check" "laptop" {
  id     = pbs_acl.laptop.auth_id
  secret = pbs_api_token.laptop.secret

  lifecycle {
    postcondition {
      condition     = self.valid == null || contains(lookup(self.privileges, "/datastore/store1", []), "Datastore.Backup")
      error_message = "The token cannot back up into store1. The token and its user both need the role DatastoreBackup there."
    }
  }
}
