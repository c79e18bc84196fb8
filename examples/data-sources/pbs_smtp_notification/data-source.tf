# An SMTP endpoint that exists on the server and is not managed by this configuration.
data "pbs_smtp_notification" "admins" {
  name = "admins"
}
