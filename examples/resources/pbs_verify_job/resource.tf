# Every night, this job verifies the snapshots that were never verified, or whose last verification is more than 30 days
# old.
resource "pbs_verify_job" "main" {
  id             = "main-nightly"
  datastore      = "main"
  schedule       = "02:00"
  outdated_after = 30
}

# Every Saturday, this job verifies all snapshots of the namespace `prod` with more threads.
resource "pbs_verify_job" "prod" {
  id              = "main-prod"
  datastore       = "main"
  namespace       = "prod"
  max_depth       = 0
  schedule        = "sat 04:00"
  ignore_verified = false
  read_threads    = 4
  verify_threads  = 8
}
