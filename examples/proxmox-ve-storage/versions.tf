terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
    proxmox = {
      source = "bpg/proxmox"
    }
  }
}
