# After you change the keys of the endpoint, run this action with `terraform apply -invoke=action.pbs_check_s3.cloud`.
action "pbs_check_s3" "cloud" {
  config {
    endpoint = "cloud"
    bucket   = "backups"
  }
}
