import {
  to = pbs_notification_matcher.failures
  identity = {
    name = "failures"
  }
}
