variable "chat_token" {
  type      = string
  sensitive = true
  ephemeral = true
}

# This endpoint sends a JSON document to a chat. The token is stored neither in the plan nor in the state. To send a new
# token, change `secrets_wo_version`.
resource "pbs_webhook_notification" "chat" {
  name   = "chat"
  url    = "https://chat.example.com/hooks/backup"
  method = "post"
  headers = {
    "Content-Type"  = "application/json"
    "Authorization" = "Bearer {{ secrets.token }}"
  }
  body               = "{ \"text\": \"{{ escape title }}: {{ escape message }}\" }"
  secrets_wo         = { token = var.chat_token }
  secrets_wo_version = 1
}
