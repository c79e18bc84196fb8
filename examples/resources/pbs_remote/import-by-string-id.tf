import {
  to = pbs_remote.offsite
  id = "offsite"
}
