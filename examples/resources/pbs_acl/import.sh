terraform import pbs_acl.laptops '/datastore/store1/laptops?backup@pbs?DatastoreBackup'
