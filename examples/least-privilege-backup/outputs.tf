# Everything that says who backs up comes out of the grants: whatever uses it waits until the token can do its work.

output "token_id" {
  description = "The token, user@realm!name: the user name of a Proxmox VE storage."
  value       = pbs_acl.token.auth_id
}

output "secret" {
  description = "Its secret: PBS_PASSWORD, or the password of a Proxmox VE storage."
  value       = pbs_api_token.this.secret
  sensitive   = true
}

output "repository" {
  description = "PBS_REPOSITORY."
  value       = provider::pbs::repository(pbs_acl.token.auth_id, var.server, var.datastore, var.port)
}

output "namespace" {
  description = "PBS_NAMESPACE, or null for the datastore's root."
  value       = var.namespace
}

output "expiration_date" {
  description = "When the secret ends, or null."
  value       = pbs_api_token.this.expiration_date
}
