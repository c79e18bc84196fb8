terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
    # Use a version that offers `proxmox_storage_pbs`. In older versions, the resource is called
    # `proxmox_virtual_environment_storage_pbs`.
    proxmox = {
      source = "bpg/proxmox"
    }
  }
}
