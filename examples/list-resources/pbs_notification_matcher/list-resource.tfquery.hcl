# All notification matchers on the server.
list "pbs_notification_matcher" "all" {
  provider = pbs
}
