# A notification matcher that exists on the server and is not managed by this configuration.
data "pbs_notification_matcher" "default" {
  name = "default-matcher"
}

output "targets_of_the_default_matcher" {
  value = data.pbs_notification_matcher.default.targets
}
