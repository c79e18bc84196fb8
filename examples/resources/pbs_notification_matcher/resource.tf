# This matcher sends warnings and errors to the target `team-chat`. The matcher `default-matcher`, which every server
# has, also sends these warnings and errors to the target `mail-to-root`.
resource "pbs_notification_matcher" "failures" {
  name             = "failures"
  targets          = ["team-chat"]
  match_severities = ["warning,error"]
}

# This matcher sends every notification about a verification, except during the night.
resource "pbs_notification_matcher" "verification" {
  name            = "verification"
  targets         = ["team-chat"]
  match_fields    = ["exact:type=verify"]
  match_calendars = ["7:00-22:00"]
}
