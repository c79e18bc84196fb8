# All webhook endpoints that the provider's credentials are allowed to see.
data "pbs_webhook_notifications" "all" {}

# Reads each of these webhook endpoints.
data "pbs_webhook_notification" "each" {
  for_each = toset(data.pbs_webhook_notifications.all.names)
  name     = each.value
}
