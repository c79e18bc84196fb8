# This module stores the first secret that a test passes to it, so that the test can compare a later secret with the
# first secret. The comparison uses this module, because OpenTofu lets a `run` block refer to the outputs of an earlier
# run only in `variables`.

variable "secret" {
  type      = string
  sensitive = true
}

resource "terraform_data" "first_secret" {
  input = var.secret

  lifecycle {
    ignore_changes = [input]
  }
}
