# A token for the backups of one machine. Its only role is DatastoreBackup.
# `cargo demo` applies this configuration to a simulated server. To apply it to a real server, set:
#
#   export PBS_ENDPOINT=https://pbs.example.com:8007
#   export PBS_FINGERPRINT=...    # SHA-256 fingerprint of the server's certificate
#   export PBS_API_TOKEN='terraform@pbs!provider:SECRET'

terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

# The server's address and the credentials come from the PBS_* environment variables.
provider "pbs" {}

variable "user" {
  type        = string
  description = "User who owns the token. The user must exist."
  default     = "demo@pbs"
}

variable "datastore" {
  type    = string
  default = "backups"
}

variable "server" {
  type        = string
  description = "Host and port at which proxmox-backup-client reaches the server."
  default     = "localhost:8007"
}

resource "pbs_api_token" "laptop" {
  user_id    = var.user
  token_name = "laptop"
  comment    = "Backups of the laptop, made by Terraform"
}

# A token has a privilege only where its user has the same privilege, so the user and the token both get the role.
resource "pbs_acl" "user" {
  path    = "/datastore/${var.datastore}"
  auth_id = var.user
  role_id = "DatastoreBackup"
}

# `path` and `role_id` refer to the user's grant, so Terraform creates that grant first. A reference to pbs_acl.token
# therefore waits for both grants.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.laptop.id
  role_id = pbs_acl.user.role_id
}

output "token_id" {
  description = "Id of the token. The secret is pbs_api_token.laptop.secret."
  value       = pbs_api_token.laptop.id
}

output "repository" {
  description = "Value of PBS_REPOSITORY for proxmox-backup-client. The value refers to the token's grant, so it is known only after both grants exist."
  value       = "${pbs_acl.token.auth_id}@${var.server}:${var.datastore}"
}
