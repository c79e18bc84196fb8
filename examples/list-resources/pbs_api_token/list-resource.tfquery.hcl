# The tokens of the user backup@pbs. To also write resource and import blocks for them, run:
# terraform query -generate-config-out=tokens.tf
list "pbs_api_token" "backup" {
  provider         = pbs
  include_resource = true

  config {
    user_id = "backup@pbs"
  }
}
