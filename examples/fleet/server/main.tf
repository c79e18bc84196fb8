# The objects of one server of the fleet: a monitoring user with a token that can read all datastores.

terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

resource "pbs_user" "monitor" {
  user_id = "monitor@pbs"
}

resource "pbs_api_token" "monitor" {
  user_id    = pbs_user.monitor.id
  token_name = "prometheus"
}

resource "pbs_acl" "monitor" {
  for_each = {
    user  = pbs_user.monitor.id
    token = pbs_api_token.monitor.id
  }

  path    = "/datastore"
  auth_id = each.value
  role_id = "DatastoreAudit"
}

output "api_token" {
  description = "Id and secret of the token as user@realm!name:secret."
  value       = pbs_api_token.monitor.api_token
  sensitive   = true
}
