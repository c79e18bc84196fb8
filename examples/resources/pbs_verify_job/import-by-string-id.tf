import {
  to = pbs_verify_job.main
  id = "main-nightly"
}
