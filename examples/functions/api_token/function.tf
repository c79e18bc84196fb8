variable "secret" {
  type      = string
  sensitive = true
}

# Result: "root@pam!terraform:SECRET"
output "api_token" {
  value     = provider::pbs::api_token("root@pam!terraform", var.secret)
  sensitive = true
}
