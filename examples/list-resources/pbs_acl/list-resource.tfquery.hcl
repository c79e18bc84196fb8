# All grants (ACL entries) whose path is exactly /datastore/store1.
list "pbs_acl" "store1" {
  provider = pbs

  config {
    path = "/datastore/store1"
  }
}
