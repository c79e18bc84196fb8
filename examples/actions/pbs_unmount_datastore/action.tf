# Run this action with `terraform apply -invoke=action.pbs_unmount_datastore.stick` before the device is removed.
action "pbs_unmount_datastore" "stick" {
  config {
    datastore = "stick"
  }
}
