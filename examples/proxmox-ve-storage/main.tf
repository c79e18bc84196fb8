# A Proxmox VE cluster backs up into a Proxmox Backup Server. This file creates the user, its token and the grants.
# storage.tf creates the storage entry in Proxmox VE. The provider `pbs` reads these environment variables:
#
#   export PBS_ENDPOINT=https://pbs.example.com:8007
#   export PBS_FINGERPRINT=...    # run on the server: proxmox-backup-manager cert info
#   export PBS_API_TOKEN='terraform@pbs!provider:SECRET'

provider "pbs" {}

variable "server" {
  type        = string
  description = "Host name or IPv4 address at which the Proxmox VE nodes reach the backup server, without https:// and without a port."
  default     = "pbs.example.com"

  validation {
    condition     = can(regex("^[0-9A-Za-z.-]+$", var.server))
    error_message = "Set server to a host name or an IPv4 address, without https:// and without a port. Proxmox VE accepts no other form."
  }
}

variable "datastore" {
  type    = string
  default = "store1"
}

variable "nodes" {
  type        = set(string)
  description = "Proxmox VE nodes on which the storage is available."
  default     = ["pve"]
}

resource "pbs_user" "pve" {
  user_id = "pve@pbs"
  comment = "Owns the token of the Proxmox VE cluster"
}

resource "pbs_api_token" "pve" {
  user_id    = pbs_user.pve.id
  token_name = "cluster"
  comment    = "Storage of the Proxmox VE cluster"
}

# A token has a privilege only where its user has the same privilege, so the user and the token both get the role.
resource "pbs_acl" "user" {
  path    = "/datastore/${var.datastore}"
  auth_id = pbs_user.pve.id
  role_id = "DatastoreBackup" # does not allow pruning; use a prune job on the backup server
}

# `path` and `role_id` refer to the user's grant, so Terraform creates that grant first. A reference to pbs_acl.token
# therefore waits for both grants.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.pve.id
  role_id = pbs_acl.user.role_id
}

data "pbs_certificate" "this" {}

locals {
  # The arguments of proxmox_storage_pbs. Proxmox VE logs in as soon as the storage is created. If the token has no
  # grant yet, Proxmox VE reports "Cannot find datastore". `username` therefore refers to the token's grant, which is
  # created last.
  storage = {
    server      = var.server
    datastore   = var.datastore
    username    = pbs_acl.token.auth_id
    password    = pbs_api_token.pve.secret
    fingerprint = data.pbs_certificate.this.fingerprint
  }
}

output "storage" {
  description = "The arguments of the storage entry. Use them to create the entry with another tool, for example pvesm."
  value       = local.storage
  sensitive   = true
}
