import {
  to = pbs_sync_job.from_headquarters
  identity = {
    id = "from-headquarters"
  }
}
