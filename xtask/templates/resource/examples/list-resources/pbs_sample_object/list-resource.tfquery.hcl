# All sample objects that the provider's user or token is allowed to see.
list "pbs_sample_object" "all" {
  provider = pbs
}
