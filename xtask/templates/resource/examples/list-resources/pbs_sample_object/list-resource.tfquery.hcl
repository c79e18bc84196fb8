# All sample objects that the provider's credentials are allowed to see.
list "pbs_sample_object" "all" {
  provider = pbs
}
