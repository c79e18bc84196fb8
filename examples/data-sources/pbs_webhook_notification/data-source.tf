# A webhook endpoint that exists on the server and is not managed by this configuration.
data "pbs_webhook_notification" "chat" {
  name = "chat"
}
