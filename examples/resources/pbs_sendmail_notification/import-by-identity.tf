import {
  to = pbs_sendmail_notification.operators
  identity = {
    name = "operators"
  }
}
