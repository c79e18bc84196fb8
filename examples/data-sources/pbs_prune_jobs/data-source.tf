# All prune jobs that the provider's credentials are allowed to see.
data "pbs_prune_jobs" "all" {}

# Reads each of these prune jobs.
data "pbs_prune_job" "each" {
  for_each = toset(data.pbs_prune_jobs.all.ids)
  id       = each.value
}
