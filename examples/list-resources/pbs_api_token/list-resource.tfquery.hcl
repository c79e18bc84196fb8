# The tokens of the user backup@pbs. To generate resource and import blocks for these tokens, run:
# terraform query -generate-config-out=tokens.tf
list "pbs_api_token" "backup" {
  provider         = pbs
  include_resource = true

  config {
    user_id = "backup@pbs"
  }
}
