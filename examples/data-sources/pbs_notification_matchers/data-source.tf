# All notification matchers that the provider's credentials are allowed to see.
data "pbs_notification_matchers" "all" {}

# Reads each of these notification matchers.
data "pbs_notification_matcher" "each" {
  for_each = toset(data.pbs_notification_matchers.all.names)
  name     = each.value
}
