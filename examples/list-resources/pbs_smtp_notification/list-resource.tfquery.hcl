# All SMTP endpoints that the provider's credentials are allowed to see.
list "pbs_smtp_notification" "all" {
  provider = pbs
}
