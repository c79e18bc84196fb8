# All Gotify endpoints on the server.
list "pbs_gotify_notification" "all" {
  provider = pbs
}
