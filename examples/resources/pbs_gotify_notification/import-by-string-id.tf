import {
  to = pbs_gotify_notification.phone
  id = "phone"
}
