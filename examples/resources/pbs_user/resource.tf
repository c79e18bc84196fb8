# This user only owns API tokens, and needs no password, because the tokens log in with their secrets.
resource "pbs_user" "backup" {
  user_id = "backup@pbs"
  comment = "Owns the tokens of all machines"
}

variable "admin_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# A person who logs in with a password. The password is stored neither in the plan nor in the state. To set the
# password again, change `password_wo_version`.
resource "pbs_user" "admin" {
  user_id             = "ada@pbs"
  first_name          = "Ada"
  last_name           = "Lovelace"
  email               = "ada@example.com"
  password_wo         = var.admin_password
  password_wo_version = 1
}
