# After the job is created or changed, the apply runs the job once, so that you notice a mistake immediately. Do not run
# a prune job in this way, because the job would remove snapshots during the apply.
resource "pbs_verify_job" "main" {
  id        = "main-weekly"
  datastore = "store1"
  schedule  = "sat 06:00"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.pbs_run_job.main]
    }
  }
}

action "pbs_run_job" "main" {
  config {
    type = "verify"
    id   = "main-weekly"
  }
}
