# Run this action with `terraform apply -invoke=action.pbs_mount_datastore.stick`.
action "pbs_mount_datastore" "stick" {
  config {
    datastore = "stick"
  }
}
