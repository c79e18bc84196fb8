import {
  to = pbs_prune_job.main
  id = "main-daily"
}
