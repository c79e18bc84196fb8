import {
  to = pbs_verify_job.main
  identity = {
    id = "main-nightly"
  }
}
