# All sync jobs that the provider's credentials are allowed to see.
data "pbs_sync_jobs" "all" {}

# Reads each of these sync jobs.
data "pbs_sync_job" "each" {
  for_each = toset(data.pbs_sync_jobs.all.ids)
  id       = each.value
}
