# Runs the job once as soon as it was created or changed, so that a mistake is noticed at once and not at night.
resource "pbs_prune_job" "main" {
  id         = "main-daily"
  datastore  = "store1"
  schedule   = "daily"
  keep_daily = 14

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.pbs_run_job.main]
    }
  }
}

action "pbs_run_job" "main" {
  config {
    type = "prune"
    id   = "main-daily"
  }
}
