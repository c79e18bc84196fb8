# The server has exactly one node configuration. The resource changes only the arguments that are set here.
resource "pbs_node_config" "this" {
  description  = "Rack 7, second floor"
  email_from   = "pbs@example.com"
  http_proxy   = "http://proxy.example.com:3128"
  consent_text = <<-EOT
    # Authorized users only

    All logins are recorded.
  EOT

  acme_account = "default"
  acme_domains = [
    { domain = "pbs.example.com" },
  ]
}
