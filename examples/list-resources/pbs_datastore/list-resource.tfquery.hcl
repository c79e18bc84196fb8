# All datastores that the provider's credentials are allowed to see.
list "pbs_datastore" "all" {
  provider = pbs
}
