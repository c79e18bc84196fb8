import {
  to = pbs_prune_job.main
  identity = {
    id = "main-daily"
  }
}
