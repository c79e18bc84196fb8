# A sample object.
resource "pbs_sample_object" "nightly" {
  name    = "nightly"
  comment = "Managed by Terraform"
  limit   = 7
}
