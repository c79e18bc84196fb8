# Sends warnings and errors to the target `team-chat`. The matcher `default-matcher`, which every server has, still sends
# them to `mail-to-root`, too.
resource "pbs_notification_matcher" "failures" {
  name             = "failures"
  targets          = ["team-chat"]
  match_severities = ["warning,error"]
}

# Sends every notification about a verification, except during the night.
resource "pbs_notification_matcher" "verification" {
  name            = "verification"
  targets         = ["team-chat"]
  match_fields    = ["exact:type=verify"]
  match_calendars = ["7:00-22:00"]
}
