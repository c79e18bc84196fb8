# This endpoint sends e-mails through the mail server of the node. The recipients are the address in `mailto`, and the
# e-mail address of the user in `mailto_user`.
resource "pbs_sendmail_notification" "operators" {
  name        = "operators"
  mailto      = ["operators@example.com"]
  mailto_user = ["root@pam"]
}
