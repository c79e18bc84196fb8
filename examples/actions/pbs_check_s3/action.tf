# Run it with `terraform apply -invoke=action.pbs_check_s3.cloud` after the keys were changed.
action "pbs_check_s3" "cloud" {
  config {
    endpoint = "cloud"
    bucket   = "backups"
  }
}
