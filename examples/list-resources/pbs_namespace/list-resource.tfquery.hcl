# All namespaces of the datastore store1.
list "pbs_namespace" "store1" {
  provider = pbs

  config {
    datastore = "store1"
  }
}
