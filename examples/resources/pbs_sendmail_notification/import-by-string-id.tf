import {
  to = pbs_sendmail_notification.operators
  id = "operators"
}
