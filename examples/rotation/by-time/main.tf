# A token with a secret that is valid for 90 days. The first apply within the last 14 of these days rotates the secret.
# The new secret is valid for 90 days, too. Run `terraform apply` at least once every 14 days.

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
  description = "User who owns the token. The user must exist."
  default     = "backup@pbs"
}

resource "pbs_api_token" "this" {
  user_id            = var.user_id
  token_name         = "renewed"
  validity_days      = 90
  early_renewal_days = 14

  # Change this value to rotate the secret immediately, for example after a leak.
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
