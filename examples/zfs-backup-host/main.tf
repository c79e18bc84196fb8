# A host that backs up its ZFS snapshots with proxmox-backup-client. Run this on that host: it makes the token, and two files there.
#
#   export PBS_ENDPOINT=https://pbs.example.com:8007
#   export PBS_FINGERPRINT=...    # on the server: proxmox-backup-manager cert info
#   export PBS_API_TOKEN='root@pam!terraform:...'
#
# backup.sh shows how the host uses the files.

terraform {
  required_version = ">= 1.8"

  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

provider "pbs" {}

variable "host" {
  type        = string
  description = "The name of this host."
  default     = "nas"
}

variable "server" {
  type        = string
  description = "Name or address of the backup server, without port."
  default     = "pbs.example.com"
}

variable "datastore" {
  type    = string
  default = "store1"
}

variable "directory" {
  type        = string
  description = "Where the files go."
  default     = "/etc/pbs-backup"
}

resource "pbs_user" "host" {
  user_id = "${var.host}@pbs"
  comment = "Backups of ${var.host}"
}

resource "pbs_api_token" "host" {
  user_id    = pbs_user.host.id
  token_name = "zfs"

  # Each secret is valid for 90 days. In the last 30, the next apply makes a new one and writes the file again.
  validity_days      = 90
  early_renewal_days = 30
}

# A token may do what it may do itself and its user may do too: both get the role.
resource "pbs_acl" "user" {
  path    = "/datastore/${var.datastore}"
  auth_id = pbs_user.host.id
  role_id = "DatastoreBackup"
}

# Path and role come from the grant of the user, so this one is made after it: whoever waits for this waits for both.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.host.id
  role_id = pbs_acl.user.role_id
}

data "pbs_certificate" "this" {}

locals {
  # No secret in here.
  environment = <<-EOT
    PBS_REPOSITORY='${provider::pbs::repository(pbs_acl.token.auth_id, var.server, var.datastore)}'
    PBS_FINGERPRINT='${data.pbs_certificate.this.fingerprint}'
    PBS_PASSWORD_FILE='${var.directory}/password'
  EOT
}

# Both files are readable by their owner only, from the first moment on, and are put in their place whole.
# The secret goes through the environment of a process of the same user: neither on its command line nor into a log.
resource "terraform_data" "files" {
  triggers_replace = [var.directory, local.environment, pbs_api_token.host.issued_at]

  provisioner "local-exec" {
    command = <<-EOT
      set -eu
      umask 077
      mkdir -p "$DIRECTORY"
      printf '%s' "$SECRET" > "$DIRECTORY/password.new"
      printf '%s' "$CONTENT" > "$DIRECTORY/environment.new"
      mv -f "$DIRECTORY/password.new" "$DIRECTORY/password"
      mv -f "$DIRECTORY/environment.new" "$DIRECTORY/environment"
    EOT

    environment = {
      DIRECTORY = var.directory
      CONTENT   = local.environment
      SECRET    = pbs_api_token.host.secret
    }
  }
}

output "repository" {
  value = provider::pbs::repository(pbs_acl.token.auth_id, var.server, var.datastore)
}
