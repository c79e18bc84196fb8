terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
    # A version that has `proxmox_storage_pbs`; before, it was `proxmox_virtual_environment_storage_pbs`.
    proxmox = {
      source = "bpg/proxmox"
    }
  }
}
