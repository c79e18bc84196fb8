import {
  to = pbs_datastore.main
  id = "main"
}
