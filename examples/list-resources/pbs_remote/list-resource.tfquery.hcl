# All remotes that the provider's credentials are allowed to see.
list "pbs_remote" "all" {
  provider = pbs
}
