import {
  to = pbs_sync_job.from_headquarters
  id = "from-headquarters"
}
