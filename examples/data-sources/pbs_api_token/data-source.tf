# An API token that is not managed by this configuration.
data "pbs_api_token" "laptop" {
  user_id    = "backup@pbs"
  token_name = "laptop"
}

# Warns in each plan if the token expires within the next 168 hours. There is no warning for a token that never expires.
check "not_about_to_expire" {
  assert {
    condition = (
      data.pbs_api_token.laptop.expiration_date == null ? true :
      timecmp(data.pbs_api_token.laptop.expiration_date, timeadd(plantimestamp(), "168h")) > 0
    )
    error_message = "The token backup@pbs!laptop expires within a week."
  }
}
