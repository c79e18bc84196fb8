data "pbs_node_config" "this" {}

output "email_from" {
  description = "E-mail address from which the server sends its e-mails."
  value       = data.pbs_node_config.this.email_from
}
