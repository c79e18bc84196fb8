# PROXMOX_VE_ENDPOINT and PROXMOX_VE_API_TOKEN say which cluster.
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

  # A storage cannot change its password, so every rotation of the token makes this entry anew. That takes a moment and loses nothing: the
  # backups are on the backup server. But a key that Proxmox VE itself makes for the entry would be lost with it, and every encrypted
  # backup with the key. Keep a key of your own outside and pass it as encryption_key.
  #
  # To keep the entry instead, ignore the password, and set it by hand after each rotation:
  # pvesm set backup --password
  #
  # lifecycle {
  #   ignore_changes = [password]
  # }
}
