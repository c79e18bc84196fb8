import {
  to = pbs_namespace.production
  identity = {
    datastore = "store1"
    path      = "production"
  }
}
