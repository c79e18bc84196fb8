variable "secret" {
  type      = string
  sensitive = true
}

# "root@pam!terraform:..."
output "api_token" {
  value     = provider::pbs::api_token("root@pam!terraform", var.secret)
  sensitive = true
}
