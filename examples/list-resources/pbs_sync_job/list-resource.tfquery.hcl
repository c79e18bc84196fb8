# All sync jobs that the provider's credentials are allowed to see.
list "pbs_sync_job" "all" {
  provider = pbs
}
