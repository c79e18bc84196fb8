# A Gotify endpoint that exists on the server and is not managed by this configuration.
data "pbs_gotify_notification" "phone" {
  name = "phone"
}

output "gotify_server" {
  value = data.pbs_gotify_notification.phone.server
}
