# A user that exists on the server and is not managed by this configuration.
data "pbs_user" "backup" {
  user_id = "backup@pbs"
}

resource "pbs_api_token" "laptop" {
  user_id    = data.pbs_user.backup.user_id
  token_name = "laptop"
}
