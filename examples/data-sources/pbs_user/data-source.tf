# A user that somebody else manages.
data "pbs_user" "backup" {
  user_id = "backup@pbs"
}

resource "pbs_api_token" "laptop" {
  user_id    = data.pbs_user.backup.user_id
  token_name = "laptop"
}
