data "pbs_node_config" "this" {}

output "email_from" {
  value = data.pbs_node_config.this.email_from
}
