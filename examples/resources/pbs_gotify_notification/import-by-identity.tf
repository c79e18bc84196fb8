import {
  to = pbs_gotify_notification.phone
  identity = {
    name = "phone"
  }
}
