# Sends e-mails with the mail server of the node to an address, and to the address of a user.
resource "pbs_sendmail_notification" "operators" {
  name        = "operators"
  mailto      = ["operators@example.com"]
  mailto_user = ["root@pam"]
}
