# Runs the job once as soon as it was created or changed, so that a mistake is noticed at once and not at night. Do not run
# a prune job in this way: it would remove snapshots before anybody has read the warnings of the plan.
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
