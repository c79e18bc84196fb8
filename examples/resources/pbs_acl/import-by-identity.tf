import {
  to = pbs_acl.laptops
  identity = {
    path    = "/datastore/store1/laptops"
    auth_id = "backup@pbs"
    role_id = "DatastoreBackup"
  }
}
