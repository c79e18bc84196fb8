# A user for one machine, a token of it, and for both exactly one role in one place.

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

# A token may do what it may do itself and its user may do too: both get the role.
resource "pbs_acl" "user" {
  path    = local.path
  auth_id = pbs_user.this.id
  role_id = var.role_id
}

# Path and role come from the grant of the user, so this one is made after it: whoever waits for this waits for both.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.this.id
  role_id = pbs_acl.user.role_id
}

# Nobody has given the token more than its role, on this path or above it.
data "pbs_roles" "all" {}

data "pbs_permissions" "token" {
  path    = local.path
  auth_id = pbs_acl.token.auth_id
}

check "least_privilege" {
  assert {
    condition     = toset(keys(data.pbs_permissions.token.privileges)) == toset(data.pbs_roles.all.roles[var.role_id])
    error_message = "The token may do something else than ${var.role_id} allows. Look for other grants of it or of its user."
  }
}
