# The certificate of the server in the provider's `endpoint`.
data "pbs_certificate" "this" {}

# The fingerprint in lower case with colons. A Proxmox VE storage and the environment variable PBS_FINGERPRINT expect
# the fingerprint in this form.
output "fingerprint" {
  value = data.pbs_certificate.this.fingerprint
}
