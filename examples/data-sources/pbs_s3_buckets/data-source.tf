data "pbs_s3_buckets" "cloud" {
  endpoint = "cloud"
}

output "buckets" {
  description = "Names of the buckets."
  value       = data.pbs_s3_buckets.cloud.names
}
