# A pipeline backs up with a token that exists for this one run: it is in no state, no plan and no log, it may do
# nothing but back up into one namespace, and it is gone when the run ends.
#
#   export PBS_ENDPOINT=https://pbs.example.com:8007
#   export PBS_FINGERPRINT=...    # sha256 of the server's certificate
#   export PBS_API_TOKEN='root@pam!terraform:...'
#   terraform apply -var run="$CI_PIPELINE_ID"
#
# The user and its own grant stand in a configuration of their own, since an ephemeral token is opened in a plan
# already:
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

# The environment says which server and with which credentials.
provider "pbs" {}

variable "run" {
  type        = string
  description = "Which run this is. Another one backs up again."
}

variable "user" {
  type        = string
  description = "The owner of the token; it exists already, and may itself back up into the namespace."
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
  description = "Host and port, as proxmox-backup-client reaches the server."
  default     = "localhost:8007"
}

variable "backup" {
  type        = string
  description = "The command that backs up. What it needs to log in stands in its environment."

  # Each run has a group of its own: a group belongs to the token that began it, and that is gone with its run.
  default = "proxmox-backup-client backup build.pxar:./build --ns \"$PBS_NAMESPACE\" --backup-id \"$RUN\""
}

# Deleted at the end of the run, also of one that fails or is interrupted. A run that is killed leaves it behind for
# `ttl` seconds at most.
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
