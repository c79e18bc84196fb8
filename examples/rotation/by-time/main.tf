# A token whose secret lives 90 days and is renewed 14 days before its end, by the first apply in that time: run one at least every 14 days.

terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

provider "pbs" {}

variable "user_id" {
  type        = string
  description = "The owner of the token; it exists already."
  default     = "backup@pbs"
}

resource "pbs_api_token" "this" {
  user_id            = var.user_id
  token_name         = "renewed"
  validity_days      = 90
  early_renewal_days = 14

  # And at once when somebody changes this.
  rotation_triggers = {
    incident = "none"
  }
}

output "valid_until" {
  value = pbs_api_token.this.expiration_date
}

output "secret" {
  value     = pbs_api_token.this.secret
  sensitive = true
}
