# The certificate of the server in the provider's `endpoint`.
data "pbs_certificate" "this" {}

# In the form that a Proxmox VE storage and PBS_FINGERPRINT expect: lower case, with colons.
output "fingerprint" {
  value = data.pbs_certificate.this.fingerprint
}
