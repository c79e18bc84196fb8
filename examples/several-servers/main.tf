# The same monitoring token on two servers: a main server and an offsite server.

terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

variable "offsite_endpoint" {
  type        = string
  description = "Address of the offsite server, for example `https://offsite.example.com:8007`."
}

variable "offsite_api_token" {
  type        = string
  sensitive   = true
  description = "API token of the offsite server as `user@realm!name:secret`."
}

variable "offsite_fingerprint" {
  type        = string
  description = "SHA-256 fingerprint of the offsite server's certificate."
}

# The main server. The address, the token and the fingerprint of this server are in the environment variables
# PBS_ENDPOINT, PBS_API_TOKEN and PBS_FINGERPRINT.
provider "pbs" {}

# The offsite server. `endpoint` is not the address in PBS_ENDPOINT, so the provider does not use PBS_API_TOKEN and
# PBS_FINGERPRINT for this block.
provider "pbs" {
  alias       = "offsite"
  endpoint    = var.offsite_endpoint
  api_token   = var.offsite_api_token
  fingerprint = var.offsite_fingerprint
}

resource "pbs_user" "main" {
  user_id = "monitor@pbs"
}

resource "pbs_api_token" "main" {
  user_id    = pbs_user.main.user_id
  token_name = "prometheus"
}

resource "pbs_acl" "main" {
  for_each = {
    user  = pbs_user.main.user_id
    token = pbs_api_token.main.id
  }

  path    = "/datastore"
  auth_id = each.value
  role_id = "DatastoreAudit"
}

resource "pbs_user" "offsite" {
  provider = pbs.offsite

  user_id = "monitor@pbs"
}

resource "pbs_api_token" "offsite" {
  provider = pbs.offsite

  user_id    = pbs_user.offsite.user_id
  token_name = "prometheus"
}

resource "pbs_acl" "offsite" {
  provider = pbs.offsite

  for_each = {
    user  = pbs_user.offsite.user_id
    token = pbs_api_token.offsite.id
  }

  path    = "/datastore"
  auth_id = each.value
  role_id = "DatastoreAudit"
}

output "main_secret" {
  value     = pbs_api_token.main.secret
  sensitive = true
}

output "offsite_secret" {
  value     = pbs_api_token.offsite.secret
  sensitive = true
}
