# The user backup@pbs already exists. A new token has no privileges. The token and its user each need a grant (ACL
# entry).
resource "pbs_api_token" "laptop" {
  user_id         = "backup@pbs"
  token_name      = "laptop"
  comment         = "Backups of the laptop"
  expiration_date = "2030-01-31T00:00:00Z"

  # To rotate the secret, change a value in this map. The token's id, grants and backups stay as they are.
  rotation_triggers = {
    year = "2026"
  }
}

resource "pbs_acl" "user" {
  path    = "/datastore/store1"
  auth_id = pbs_api_token.laptop.user_id
  role_id = "DatastoreBackup"
}

# `path` and `role_id` refer to the user's grant, so Terraform creates that grant first.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.laptop.id
  role_id = pbs_acl.user.role_id
}

output "secret" {
  value     = pbs_api_token.laptop.secret
  sensitive = true
}
