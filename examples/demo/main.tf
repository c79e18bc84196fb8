# A token for the backups of one machine, with exactly the rights to write them.
# `cargo demo` applies this against a simulated server. Against a real one:
#
#   export PBS_ENDPOINT=https://pbs.example.com:8007
#   export PBS_FINGERPRINT=...    # sha256 of the server's certificate
#   export PBS_API_TOKEN='root@pam!terraform:...'

terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

# The environment says which server and with which credentials.
provider "pbs" {}

variable "user" {
  type        = string
  description = "The owner of the token; it exists already."
  default     = "demo@pbs"
}

variable "datastore" {
  type    = string
  default = "backups"
}

variable "server" {
  type        = string
  description = "Host and port, as proxmox-backup-client will reach the server."
  default     = "localhost:8007"
}

resource "pbs_api_token" "laptop" {
  user_id    = var.user
  token_name = "laptop"
  comment    = "Backups of the laptop, made by Terraform"
}

# A token can do no more than its user: both need the role.
resource "pbs_acl" "user" {
  path    = "/datastore/${var.datastore}"
  auth_id = var.user
  role_id = "DatastoreBackup"
}

# Path and role come from the grant of the user, so this one is made after it: whoever waits for this waits for both.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.laptop.id
  role_id = pbs_acl.user.role_id
}

output "token_id" {
  description = "Not a secret. The secret is pbs_api_token.laptop.secret."
  value       = pbs_api_token.laptop.id
}

output "repository" {
  description = "PBS_REPOSITORY for proxmox-backup-client."
  value       = "${pbs_acl.token.auth_id}@${var.server}:${var.datastore}"
}
