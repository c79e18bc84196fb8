# Sends warnings and errors to the target `mail-to-root`, which every server has.
resource "pbs_notification_matcher" "failures" {
  name             = "failures"
  targets          = ["mail-to-root"]
  match_severities = ["warning,error"]
}

# Sends every notification about a verification, except during the night.
resource "pbs_notification_matcher" "verification" {
  name            = "verification"
  targets         = ["mail-to-root"]
  match_fields    = ["exact:type=verify"]
  match_calendars = ["7:00-22:00"]
}
