data "pbs_certificate" "this" {}

# As the storage of a Proxmox VE host wants it.
output "fingerprint" {
  value = data.pbs_certificate.this.fingerprint
}
