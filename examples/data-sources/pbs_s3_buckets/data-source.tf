data "pbs_s3_buckets" "cloud" {
  endpoint = "cloud"
}

output "buckets" {
  description = "Names of the buckets of the S3 endpoint cloud."
  value       = data.pbs_s3_buckets.cloud.names
}
