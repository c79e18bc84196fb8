# Rotates without a gap, by means of two tokens. The outputs contain the id and the secret of one of them. To rotate, raise
# `generation` by one: the apply gives the other token a new secret, and the outputs then contain that token. The previous
# secret keeps working until `generation` is raised once more, so consumers can fetch the new one at their own pace.
#
# Do not use this for backups: a backup group belongs to one token, and PBS refuses backups into it by the other one. For
# backups, rotate a single token.

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
  description = "User who owns the tokens. It must exist."
  default     = "monitoring@pbs"
}

variable "generation" {
  type        = number
  description = "Number of the current rotation. Raise it by one to rotate."
  default     = 1
}

locals {
  # Raising `generation` by one changes exactly one of these two numbers, and so rotates exactly one token.
  generations = {
    odd  = floor((var.generation + 1) / 2)
    even = floor(var.generation / 2)
  }
  current = var.generation % 2 == 1 ? "odd" : "even"
}

resource "pbs_api_token" "this" {
  for_each = local.generations

  user_id    = var.user_id
  token_name = "monitoring-${each.key}"

  rotation_triggers = {
    generation = each.value
  }
}

resource "pbs_acl" "user" {
  path    = "/datastore"
  auth_id = var.user_id
  role_id = "DatastoreAudit"
}

resource "pbs_acl" "token" {
  for_each = pbs_api_token.this

  path    = pbs_acl.user.path
  auth_id = each.value.id
  role_id = "DatastoreAudit"
}

output "token_id" {
  value = pbs_acl.token[local.current].auth_id
}

output "secret" {
  value     = pbs_api_token.this[local.current].secret
  sensitive = true
}
