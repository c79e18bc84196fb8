import {
  to = pbs_smtp_notification.admins
  id = "admins"
}
