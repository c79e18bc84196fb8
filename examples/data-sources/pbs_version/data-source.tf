data "pbs_version" "this" {}

check "rotation_in_place" {
  assert {
    condition     = tonumber(split(".", data.pbs_version.this.version)[0]) >= 4
    error_message = "Upgrade the server: before 3.4 a token cannot get a new secret in place."
  }
}
