# All sendmail endpoints that the provider's credentials are allowed to see.
list "pbs_sendmail_notification" "all" {
  provider = pbs
}
