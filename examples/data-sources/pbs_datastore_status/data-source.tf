data "pbs_datastore_status" "store1" {
  name = "store1"
}

output "free_gib" {
  description = "Available space in GiB."
  value       = floor(data.pbs_datastore_status.store1.available_bytes / pow(1024, 3))
}
