list "pbs_acl" "store1" {
  provider = pbs

  config {
    path = "/datastore/store1"
  }
}
