# The token was renamed from `laptop` to `notebook`, so Terraform replaces the token. PBS accepts backups into a backup
# group only from the owner of the group. The action therefore makes the new token the owner of the group.
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
