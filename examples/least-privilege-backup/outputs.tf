# `token_id` and `repository` refer to the token's grant, which is created last. A resource that uses one of these outputs
# therefore waits until the token has its privileges.

output "token_id" {
  description = "Id of the token, user@realm!name. Use it as the user name of a Proxmox VE storage."
  value       = pbs_acl.token.auth_id
}

output "secret" {
  description = "Secret of the token. Use it as PBS_PASSWORD or as the password of a Proxmox VE storage."
  value       = pbs_api_token.this.secret
  sensitive   = true
}

output "repository" {
  description = "Value of PBS_REPOSITORY for proxmox-backup-client."
  value       = provider::pbs::repository(pbs_acl.token.auth_id, var.server, var.datastore, var.port)
}

output "namespace" {
  description = "Value of PBS_NAMESPACE, or null for the root namespace of the datastore."
  value       = var.namespace
}

output "expiration_date" {
  description = "RFC 3339 timestamp after which the secret is no longer valid. Null if the secret never expires."
  value       = pbs_api_token.this.expiration_date
}
