# Creates a user for one machine, and a token of that user. Grants the user and the token the same role on the same
# path.

locals {
  path = var.namespace == null ? provider::pbs::acl_path("datastore", var.datastore) : provider::pbs::acl_path("datastore", var.datastore, var.namespace)
}

resource "pbs_user" "this" {
  user_id = var.user_id
  comment = var.comment
}

resource "pbs_api_token" "this" {
  user_id            = pbs_user.this.id
  token_name         = var.token_name
  comment            = var.comment
  validity_days      = var.validity_days
  early_renewal_days = var.early_renewal_days
  rotation_triggers  = var.rotation_triggers
}

# A token has a privilege only where its user has the same privilege, so the user and the token both get the role.
resource "pbs_acl" "user" {
  path    = local.path
  auth_id = pbs_user.this.id
  role_id = var.role_id
}

# `path` and `role_id` refer to the user's grant, so Terraform creates that grant first. A reference to pbs_acl.token
# therefore waits for both grants.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.this.id
  role_id = pbs_acl.user.role_id
}

# The check below shows a warning in each plan if the token's privileges on the path differ from the privileges of its
# role. A possible cause is another grant on a parent path.
data "pbs_roles" "all" {}

data "pbs_permissions" "token" {
  path    = local.path
  auth_id = pbs_acl.token.auth_id
}

check "least_privilege" {
  assert {
    condition     = toset(keys(data.pbs_permissions.token.privileges)) == toset(data.pbs_roles.all.roles[var.role_id])
    error_message = "The privileges of the token on ${local.path} differ from the privileges of the role ${var.role_id}. Look for other grants of the token or its user."
  }
}
