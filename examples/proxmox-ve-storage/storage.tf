# The address of the cluster and the credentials come from PROXMOX_VE_ENDPOINT and PROXMOX_VE_API_TOKEN.
provider "proxmox" {}

resource "proxmox_storage_pbs" "backup" {
  id          = "backup"
  nodes       = var.nodes
  content     = ["backup"]
  server      = local.storage.server
  datastore   = local.storage.datastore
  username    = local.storage.username
  password    = local.storage.password
  fingerprint = local.storage.fingerprint

  # The provider bpg/proxmox cannot change the password of a storage entry. Each rotation of the token's secret
  # therefore replaces this entry. The backups are not affected, because they are on the backup server.
  #
  # Do not let Proxmox VE generate the encryption key of this entry. When Proxmox VE deletes the entry, it also deletes
  # a key that it has generated. The encrypted backups can then no longer be read. Generate a key yourself, keep a copy
  # of the key, and pass the key as `encryption_key`.
  #
  # To keep the entry during rotations, uncomment the following block. After each rotation, set the new password on a
  # Proxmox VE node: pvesm set backup --password
  #
  # lifecycle {
  #   ignore_changes = [password]
  # }
}
