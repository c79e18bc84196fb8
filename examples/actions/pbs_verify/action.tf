# Run this action with `terraform apply -invoke=action.pbs_verify.production`.
action "pbs_verify" "production" {
  config {
    datastore = "store1"
    namespace = "production"
  }
}
