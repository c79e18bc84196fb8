# Run this action with `terraform apply -invoke=action.pbs_move_group.web`.
action "pbs_move_group" "web" {
  config {
    datastore        = "store1"
    backup_type      = "vm"
    backup_id        = "100"
    target_namespace = "production"
  }
}
