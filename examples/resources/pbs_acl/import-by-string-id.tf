import {
  to = pbs_acl.laptops
  id = "/datastore/store1/laptops?backup@pbs?DatastoreBackup"
}
