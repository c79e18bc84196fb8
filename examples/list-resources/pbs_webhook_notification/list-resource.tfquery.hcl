# All webhook endpoints that the provider's credentials are allowed to see.
list "pbs_webhook_notification" "all" {
  provider = pbs
}
