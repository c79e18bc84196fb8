# A sendmail endpoint that exists on the server and is not managed by this configuration.
data "pbs_sendmail_notification" "operators" {
  name = "operators"
}
