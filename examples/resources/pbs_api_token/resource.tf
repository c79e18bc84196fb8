# The user exists already. A token may do nothing until both have a role.
resource "pbs_api_token" "laptop" {
  user_id         = "backup@pbs"
  token_name      = "laptop"
  comment         = "Backups of the laptop"
  expiration_date = "2030-01-31T00:00:00Z"

  # A change of any of these gives the token a new secret, in place.
  rotation_triggers = {
    year = "2026"
  }
}

resource "pbs_acl" "user" {
  path    = "/datastore/store1"
  auth_id = pbs_api_token.laptop.user_id
  role_id = "DatastoreBackup"
}

# Made after the grant of the user, whose path and role it takes.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.laptop.id
  role_id = pbs_acl.user.role_id
}

output "secret" {
  value     = pbs_api_token.laptop.secret
  sensitive = true
}
