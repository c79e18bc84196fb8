data "pbs_roles" "all" {}

output "what_a_backup_client_may_do" {
  value = data.pbs_roles.all.roles["DatastoreBackup"]
}
