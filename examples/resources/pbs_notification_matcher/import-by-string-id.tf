import {
  to = pbs_notification_matcher.failures
  id = "failures"
}
