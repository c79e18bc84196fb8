# A prune job that exists on the server and is not managed by this configuration.
data "pbs_prune_job" "main" {
  id = "main-daily"
}

# Warns in each plan if the job keeps fewer than seven daily snapshots.
check "retention" {
  assert {
    condition     = coalesce(data.pbs_prune_job.main.keep_daily, 0) >= 7
    error_message = "The prune job main-daily keeps fewer than seven daily snapshots."
  }
}
