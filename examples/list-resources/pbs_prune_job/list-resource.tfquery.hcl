# All prune jobs that the provider's credentials are allowed to see.
list "pbs_prune_job" "all" {
  provider = pbs
}
