# Sends e-mails through the mail server of the node. The recipients are one address, and the address of a user of PBS.
resource "pbs_sendmail_notification" "operators" {
  name        = "operators"
  mailto      = ["operators@example.com"]
  mailto_user = ["root@pam"]
}
