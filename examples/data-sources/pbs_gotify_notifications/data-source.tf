# All Gotify endpoints that the provider's credentials are allowed to see.
data "pbs_gotify_notifications" "all" {}

# Reads each of these Gotify endpoints.
data "pbs_gotify_notification" "each" {
  for_each = toset(data.pbs_gotify_notifications.all.names)
  name     = each.value
}
