import {
  to = pbs_remote.offsite
  identity = {
    name = "offsite"
  }
}
