//! A typed client of the Proxmox Backup Server API. Knows no Terraform.
