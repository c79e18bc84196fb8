# A CI pipeline makes a backup with a token that exists only during one run of Terraform. The token can only back up
# into one namespace. The token is deleted when the run ends. The secret of the token does not appear in the state, in
# the plan or in a log.
#
#   export PBS_ENDPOINT=https://pbs.example.com:8007
#   export PBS_FINGERPRINT=...    # SHA-256 fingerprint of the server's certificate
#   export PBS_API_TOKEN='terraform@pbs!provider:SECRET'
#   terraform apply -var run="$CI_PIPELINE_ID"
#
# Terraform and OpenTofu do not show the output of the backup command, because its environment contains an ephemeral
# value. Let the command write its output to a file if you need the output.
#
# The namespace must exist before the run: proxmox-backup-client namespace create ci
#
# The token is created during the plan, so its user must exist before the run. Create the user and its grant in another
# configuration:
#
#   resource "pbs_user" "ci" {
#     user_id = "ci@pbs"
#   }
#
#   resource "pbs_acl" "ci" {
#     path    = "/datastore/store1/ci"
#     auth_id = pbs_user.ci.user_id
#     role_id = "DatastoreBackup"
#   }

terraform {
  required_version = ">= 1.10"

  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

# The server's address and the credentials come from the PBS_* environment variables.
provider "pbs" {}

variable "run" {
  type        = string
  description = "Id of the pipeline run. A new value makes a new backup."
}

variable "user" {
  type        = string
  description = "User who owns the token. The user must exist and must have the role DatastoreBackup on the namespace."
  default     = "ci@pbs"
}

variable "datastore" {
  type    = string
  default = "store1"
}

variable "namespace" {
  type    = string
  default = "ci"
}

variable "server" {
  type        = string
  description = "Host and port at which proxmox-backup-client reaches the server."
  default     = "localhost:8007"
}

variable "backup" {
  type        = string
  description = "Command that makes the backup. Terraform sets the PBS_* variables that proxmox-backup-client needs to log in."

  # Each run needs a separate backup group. The run's token owns the group that the run creates. PBS accepts backups
  # into a group only from its owner. The token is deleted at the end of the run, so later runs cannot back up into the
  # group.
  default = "proxmox-backup-client backup build.pxar:./build --ns \"$PBS_NAMESPACE\" --backup-id \"$RUN\""
}

# The token is deleted at the end of the run, even if the run fails or is interrupted. If Terraform and the provider are
# both killed, the token stays on the server. The token then expires after at most `ttl` seconds.
ephemeral "pbs_api_token" "run" {
  user_id = var.user
  comment = "Run ${var.run}"
  ttl     = 900

  grants = [{
    path    = "/datastore/${var.datastore}/${var.namespace}"
    role_id = "DatastoreBackup"
  }]
}

data "pbs_certificate" "server" {}

resource "terraform_data" "backup" {
  triggers_replace = var.run

  provisioner "local-exec" {
    command = var.backup

    environment = {
      PBS_REPOSITORY  = "${ephemeral.pbs_api_token.run.id}@${var.server}:${var.datastore}"
      PBS_NAMESPACE   = var.namespace
      RUN             = var.run
      PBS_PASSWORD    = ephemeral.pbs_api_token.run.secret
      PBS_FINGERPRINT = data.pbs_certificate.server.fingerprint
    }
  }
}
