# Rotates the secrets of two tokens alternately, so that the previous secret keeps working after a rotation. The outputs
# contain the id and the secret of one of the tokens, the current token. To rotate, raise `generation` by one. The next
# apply gives a new secret to the token that is not the current token, and makes it the current token. The previous
# token keeps its secret until you raise `generation` again. In the meantime, programs can fetch the new id and the new
# secret from the outputs.
#
# Do not use two tokens for backups. A backup group belongs to one token. PBS accepts backups into the group only from
# this token. For backups, rotate the secret of a single token.

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
  description = "User who owns the tokens. The user must exist."
  default     = "monitoring@pbs"
}

variable "generation" {
  type        = number
  description = "Number of the current rotation. To rotate, raise this number by one."
  default     = 1
}

locals {
  # Raising `generation` by one changes exactly one of these two numbers. The apply then rotates the secret of exactly
  # one token.
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
