# All roles of the server, each with its privileges.
data "pbs_roles" "all" {}

output "privileges_of_a_backup_client" {
  description = "The privileges of the role DatastoreBackup."
  value       = data.pbs_roles.all.roles["DatastoreBackup"]
}
