data "pbs_version" "this" {}

locals {
  version = split(".", data.pbs_version.this.version)
}

# Warns in each plan if the server is older than 3.4, because older servers cannot rotate the secret of an existing
# token. The condition compares the version as a number: 304 stands for version 3.4.
check "server_can_rotate_secrets" {
  assert {
    condition     = 100 * local.version[0] + local.version[1] >= 304
    error_message = "Upgrade the server to Proxmox Backup Server 3.4 or newer. Older versions cannot rotate the secret of an existing token."
  }
}
