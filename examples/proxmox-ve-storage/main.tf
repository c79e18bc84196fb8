# A Proxmox VE cluster backs up into a Proxmox Backup Server: the token and its grants here, the storage in storage.tf.
#
#   export PBS_ENDPOINT=https://pbs.example.com:8007
#   export PBS_FINGERPRINT=...    # on the server: proxmox-backup-manager cert info
#   export PBS_API_TOKEN='root@pam!terraform:...'

provider "pbs" {}

variable "server" {
  type        = string
  description = "Name or address of the backup server as the Proxmox VE nodes reach it: no https://, no port."
  default     = "pbs.example.com"

  validation {
    condition     = can(regex("^[0-9A-Za-z.-]+$", var.server))
    error_message = "Proxmox VE wants a host name or an IPv4 address here, without https:// and without port."
  }
}

variable "datastore" {
  type    = string
  default = "store1"
}

variable "nodes" {
  type        = set(string)
  description = "The Proxmox VE nodes that may use the storage."
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

# A token may do what it may do itself and its user may do too: both get the role.
resource "pbs_acl" "user" {
  path    = "/datastore/${var.datastore}"
  auth_id = pbs_user.pve.id
  role_id = "DatastoreBackup" # leave pruning to a job on the backup server
}

# Path and role come from the grant of the user, so this one is made after it: whoever waits for this waits for both.
resource "pbs_acl" "token" {
  path    = pbs_acl.user.path
  auth_id = pbs_api_token.pve.id
  role_id = pbs_acl.user.role_id
}

data "pbs_certificate" "this" {}

locals {
  # What proxmox_storage_pbs takes. The user name comes out of the grant: Proxmox VE logs in as soon as the storage is made, and
  # says "Cannot find datastore" if the token may not see it yet.
  storage = {
    server      = var.server
    datastore   = var.datastore
    username    = pbs_acl.token.auth_id
    password    = pbs_api_token.pve.secret
    fingerprint = data.pbs_certificate.this.fingerprint
  }
}

output "storage" {
  description = "To make the storage by other means, such as pvesm."
  value       = local.storage
  sensitive   = true
}
