import {
  to = pbs_smtp_notification.admins
  identity = {
    name = "admins"
  }
}
