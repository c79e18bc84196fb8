data "pbs_api_token" "laptop" {
  user_id    = "backup@pbs"
  token_name = "laptop"
}

check "not_about_to_expire" {
  assert {
    condition = (
      data.pbs_api_token.laptop.expiration_date == null ? true :
      timecmp(data.pbs_api_token.laptop.expiration_date, timeadd(plantimestamp(), "168h")) > 0
    )
    error_message = "The token of the laptop expires within a week."
  }
}
