# All users that the provider's user or token is allowed to see.
list "pbs_user" "all" {
  provider = pbs
}
