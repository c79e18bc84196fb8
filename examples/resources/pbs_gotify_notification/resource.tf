variable "gotify_token" {
  type      = string
  sensitive = true
  ephemeral = true
}

# The token is stored neither in the plan nor in the state. To send a new token, change `token_wo_version`.
resource "pbs_gotify_notification" "phone" {
  name             = "phone"
  server           = "https://gotify.example.com"
  token_wo         = var.gotify_token
  token_wo_version = 1
}

# PBS sends notifications to a target only if a matcher names the target.
resource "pbs_notification_matcher" "phone" {
  name             = "phone-failures"
  targets          = [pbs_gotify_notification.phone.name]
  match_severities = ["warning,error"]
}
