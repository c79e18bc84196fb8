# Run this action with `terraform apply -invoke=action.pbs_refresh_s3.cloud`.
action "pbs_refresh_s3" "cloud" {
  config {
    datastore = "in-cloud"
  }
}
