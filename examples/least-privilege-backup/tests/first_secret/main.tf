# Stores the first secret that it gets, so that a test can compare a later secret with the first one. The comparison is
# in this module, because OpenTofu lets a `run` block refer to the outputs of an earlier run only in `variables`.

variable "secret" {
  type      = string
  sensitive = true
}

resource "terraform_data" "first" {
  input = var.secret

  lifecycle {
    ignore_changes = [input]
  }
}
