data "pbs_node_config" "this" {}

output "http_proxy" {
  value = data.pbs_node_config.this.http_proxy
}
