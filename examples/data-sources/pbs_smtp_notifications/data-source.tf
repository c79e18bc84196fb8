# All SMTP endpoints that the provider's credentials are allowed to see.
data "pbs_smtp_notifications" "all" {}

# Reads each of these SMTP endpoints.
data "pbs_smtp_notification" "each" {
  for_each = toset(data.pbs_smtp_notifications.all.names)
  name     = each.value
}
