# Run this action with `terraform apply -invoke=action.pbs_prune.before_migration`. To see beforehand which snapshots
# the action removes, use the data source `pbs_prune_preview`.
action "pbs_prune" "before_migration" {
  config {
    datastore  = "store1"
    keep_daily = 14
  }
}
