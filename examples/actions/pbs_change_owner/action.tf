# The token was renamed from `laptop` to `notebook`, so Terraform replaces it. PBS refuses a backup into a backup group that
# belongs to another token. The action therefore makes the new token the owner of the group after the token is created.
resource "pbs_api_token" "laptop" {
  user_id    = "backup@pbs"
  token_name = "notebook"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.pbs_change_owner.laptop]
    }
  }
}

action "pbs_change_owner" "laptop" {
  config {
    datastore   = "store1"
    backup_type = "host"
    backup_id   = "laptop"
    new_owner   = "backup@pbs!notebook"
  }
}
