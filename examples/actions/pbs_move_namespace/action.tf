# Run this action with `terraform apply -invoke=action.pbs_move_namespace.web`.
action "pbs_move_namespace" "web" {
  config {
    datastore        = "store1"
    namespace        = "web"
    target_namespace = "production/web"
  }
}
