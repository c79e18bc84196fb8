data "pbs_version" "this" {}

locals {
  version = split(".", data.pbs_version.this.version)
}

check "rotation_in_place" {
  assert {
    condition     = 100 * local.version[0] + local.version[1] >= 304
    error_message = "Upgrade the server: before 3.4 a token cannot get a new secret in place."
  }
}
