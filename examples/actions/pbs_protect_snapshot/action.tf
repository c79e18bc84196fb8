# Run this action with `terraform apply -invoke=action.pbs_protect_snapshot.before_upgrade`.
action "pbs_protect_snapshot" "before_upgrade" {
  config {
    datastore   = "store1"
    backup_type = "vm"
    backup_id   = "100"
    time        = "2026-11-20T10:00:00Z"
  }
}
