data "pbs_version" "this" {}

locals {
  version = split(".", data.pbs_version.this.version)
}

# Warns if the server is older than 3.4 and therefore cannot give a token a new secret in place.
check "rotation_in_place" {
  assert {
    condition     = 100 * local.version[0] + local.version[1] >= 304
    error_message = "Upgrade the server to Proxmox Backup Server 3.4 or newer. Older versions cannot give a token a new secret in place."
  }
}
