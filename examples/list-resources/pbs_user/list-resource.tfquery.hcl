# All users that the provider's credentials are allowed to see.
list "pbs_user" "all" {
  provider = pbs
}
