# The owner of tokens needs no password.
resource "pbs_user" "backup" {
  user_id = "backup@pbs"
  comment = "Owns the tokens of all machines"
}

variable "admin_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# Somebody who logs in. The password stands in neither plan nor state.
resource "pbs_user" "admin" {
  user_id             = "ada@pbs"
  first_name          = "Ada"
  last_name           = "Lovelace"
  email               = "ada@example.com"
  password_wo         = var.admin_password
  password_wo_version = 1
}
