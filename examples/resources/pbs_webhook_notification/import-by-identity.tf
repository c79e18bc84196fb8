import {
  to = pbs_webhook_notification.chat
  identity = {
    name = "chat"
  }
}
