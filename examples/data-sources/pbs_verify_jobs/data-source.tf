# All verify jobs that the provider's credentials are allowed to see.
data "pbs_verify_jobs" "all" {}

# Reads each of these verify jobs.
data "pbs_verify_job" "each" {
  for_each = toset(data.pbs_verify_jobs.all.ids)
  id       = each.value
}
