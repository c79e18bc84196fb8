# Keeps the first secret that it gets, so that a test can compare a later secret with the first one. A test can refer to
# the outputs of an earlier run only in `variables`, if it is to work with OpenTofu, too.

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
