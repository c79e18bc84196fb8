resource "pbs_api_token" "laptop" {
  user_id    = "backup@pbs"
  token_name = "laptop"
}

# backup@pbs has the role already.
resource "pbs_acl" "laptop" {
  path    = "/datastore/store1"
  auth_id = pbs_api_token.laptop.id
  role_id = "DatastoreBackup"
}

# Logs in with the new token, after it has its grant.
data "pbs_token_check" "laptop" {
  id     = pbs_acl.laptop.auth_id
  secret = pbs_api_token.laptop.secret

  lifecycle {
    postcondition {
      condition     = self.valid && contains(lookup(self.privileges, "/datastore/store1", []), "Datastore.Backup")
      error_message = "The token cannot back up: does its user have the role too?"
    }
  }
}
