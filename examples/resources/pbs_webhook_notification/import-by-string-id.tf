import {
  to = pbs_webhook_notification.chat
  id = "chat"
}
