# A fleet of backup servers, with one provider block and one module call for each server. Terraform has no `for_each` in
# provider blocks. For OpenTofu 1.9 or newer, see the directory "opentofu" beside this one.

terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

variable "servers" {
  type = map(object({
    endpoint    = string
    fingerprint = string
  }))
  description = "Addresses and fingerprints of the servers, with the keys `berlin` and `paris`."
}

variable "api_tokens" {
  type        = map(string)
  sensitive   = true
  description = "For each server, the API token with which the provider logs in, as user@realm!name:secret."
}

# To remove a server, first remove its module call and apply, so that Terraform deletes the objects on the server. Then
# remove its provider block.
provider "pbs" {
  alias = "berlin"

  endpoint    = var.servers["berlin"].endpoint
  fingerprint = var.servers["berlin"].fingerprint
  api_token   = var.api_tokens["berlin"]
}

provider "pbs" {
  alias = "paris"

  endpoint    = var.servers["paris"].endpoint
  fingerprint = var.servers["paris"].fingerprint
  api_token   = var.api_tokens["paris"]
}

module "berlin" {
  source = "../server"

  providers = {
    pbs = pbs.berlin
  }
}

module "paris" {
  source = "../server"

  providers = {
    pbs = pbs.paris
  }
}

output "api_tokens" {
  description = "The token of the monitoring user of each server."
  value = {
    berlin = module.berlin.api_token
    paris  = module.paris.api_token
  }
  sensitive = true
}
