import {
  to = pbs_namespace.production
  id = "store1:production"
}
