# A host that backs up its ZFS snapshots with proxmox-backup-client. Apply this configuration on that host. The
# configuration creates a user, its token and the grants on the backup server. The configuration also writes the files
# `environment` and `password` on the host.
#
#   export PBS_ENDPOINT=https://pbs.example.com:8007
#   export PBS_FINGERPRINT=...    # run on the server: proxmox-backup-manager cert info
#   export PBS_API_TOKEN='terraform@pbs!provider:SECRET'
#
# The script backup.sh makes a backup with the settings in these files.

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
  description = "Name of this host. The user on the backup server gets the same name."
  default     = "nas"
}

variable "server" {
  type        = string
  description = "Host name or address of the backup server, without a port."
  default     = "pbs.example.com"
}

variable "datastore" {
  type    = string
  default = "store1"
}

variable "directory" {
  type        = string
  description = "Directory on this host for the files `environment` and `password`."
  default     = "/etc/pbs-backup"
}

resource "pbs_user" "host" {
  user_id = "${var.host}@pbs"
  comment = "Backups of ${var.host}"
}

resource "pbs_api_token" "host" {
  user_id    = pbs_user.host.id
  token_name = "zfs"

  # Each secret is valid for 90 days. The first apply within the last 30 of these days rotates the secret and writes
  # the password file again.
  validity_days      = 90
  early_renewal_days = 30
}

# A token has a privilege only where its user has the same privilege, so the user and the token both get the role.
resource "pbs_acl" "user" {
  path    = "/datastore/${var.datastore}"
  auth_id = pbs_user.host.id
  role_id = "DatastoreBackup"
}

# `path` and `role_id` refer to the user's grant, so Terraform creates that grant first. A reference to pbs_acl.token
# therefore waits for both grants.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.host.id
  role_id = pbs_acl.user.role_id
}

data "pbs_certificate" "this" {}

locals {
  # Content of the file `environment`. This file contains no secret, only the path of the file with the secret.
  environment = <<-EOT
    PBS_REPOSITORY='${provider::pbs::repository(pbs_acl.token.auth_id, var.server, var.datastore)}'
    PBS_FINGERPRINT='${data.pbs_certificate.this.fingerprint}'
    PBS_PASSWORD_FILE='${var.directory}/password'
  EOT
}

# Writes the files `environment` and `password`. With `umask`, only the owner can read the files, even while they are
# written. `mv` replaces each file in one step, so a backup never reads a half-written file. The shell gets the secret
# in an environment variable, so the secret is neither on a command line nor in a log.
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
