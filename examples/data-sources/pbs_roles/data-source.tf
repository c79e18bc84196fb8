# All roles of the server, each with its privileges.
data "pbs_roles" "all" {}

output "what_a_backup_client_may_do" {
  description = "The privileges of the role DatastoreBackup."
  value       = data.pbs_roles.all.roles["DatastoreBackup"]
}
