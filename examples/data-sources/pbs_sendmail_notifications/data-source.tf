# All sendmail endpoints that the provider's credentials are allowed to see.
data "pbs_sendmail_notifications" "all" {}

# Reads each of these sendmail endpoints.
data "pbs_sendmail_notification" "each" {
  for_each = toset(data.pbs_sendmail_notifications.all.names)
  name     = each.value
}
