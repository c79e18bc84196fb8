data "pbs_snapshots" "web" {
  datastore   = "store1"
  backup_type = "host"
  backup_id   = "web"
}

output "failed_verifications" {
  description = "Times of the snapshots whose last verification failed."
  value       = [for snapshot in data.pbs_snapshots.web.snapshots : snapshot.time if snapshot.verification == "failed"]
}
