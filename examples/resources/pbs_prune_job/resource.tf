# Every day, this job removes the snapshots of the datastore that none of the `keep_*` arguments keeps.
resource "pbs_prune_job" "main" {
  id           = "main-daily"
  datastore    = "main"
  schedule     = "daily"
  keep_last    = 3
  keep_daily   = 14
  keep_monthly = 6
}

# This job prunes only the namespace `test` and the namespaces below it.
resource "pbs_prune_job" "test" {
  id        = "main-test"
  datastore = "main"
  namespace = "test"
  schedule  = "mon..fri 21:00"
  keep_last = 1
}
