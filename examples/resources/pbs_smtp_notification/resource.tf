variable "smtp_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# The password is stored neither in the plan nor in the state. To send a new password, change
# `password_wo_version`.
resource "pbs_smtp_notification" "admins" {
  name                = "admins"
  server              = "mail.example.com"
  mode                = "starttls"
  username            = "pbs"
  password_wo         = var.smtp_password
  password_wo_version = 1
  from_address        = "pbs@example.com"
  mailto              = ["admins@example.com"]
}

# PBS sends notifications to a target only if a matcher names the target.
resource "pbs_notification_matcher" "admins" {
  name             = "admins-failures"
  targets          = [pbs_smtp_notification.admins.name]
  match_severities = ["warning,error"]
}
