# All verify jobs that the provider's credentials are allowed to see.
list "pbs_verify_job" "all" {
  provider = pbs
}
