import {
  to = pbs_user.backup
  identity = {
    user_id = "backup@pbs"
  }
}
