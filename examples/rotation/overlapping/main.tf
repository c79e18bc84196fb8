# Two tokens, of which one is handed out. Each new generation renews the other one and hands that out, so that consumers which still have
# the last secret keep working until the generation after next.
#
# For backups this is of no use: a backup group belongs to one token, and the other may not write into it. There, rotate one token.

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
  description = "The owner of the tokens; it exists already."
  default     = "monitoring@pbs"
}

variable "generation" {
  type        = number
  description = "Add one to hand out a new secret."
  default     = 1
}

locals {
  # Of two generations in a row, each token is renewed in one.
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
