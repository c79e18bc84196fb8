# A token whose secret is in the state. With OpenTofu, encryption.tofu encrypts the state and the plan files. Terraform
# does not read files that end in .tofu, and does not encrypt the state.

terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

variable "rotation" {
  type        = string
  description = "Arbitrary text. When it changes, the next apply gives the token a new secret."
  default     = "1"
}

resource "pbs_user" "backup" {
  user_id = "laptop@pbs"
}

resource "pbs_api_token" "backup" {
  user_id           = pbs_user.backup.id
  token_name        = "backup"
  rotation_triggers = { rotation = var.rotation }
}

resource "pbs_acl" "backup" {
  for_each = {
    user  = pbs_user.backup.id
    token = pbs_api_token.backup.id
  }

  path    = "/datastore/store1"
  auth_id = each.value
  role_id = "DatastoreBackup"
}

output "secret" {
  value     = pbs_api_token.backup.secret
  sensitive = true
}
