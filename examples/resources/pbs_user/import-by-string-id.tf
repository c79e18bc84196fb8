import {
  to = pbs_user.backup
  id = "backup@pbs"
}
