import {
  to = pbs_datastore.main
  identity = {
    name = "main"
  }
}
