# All S3 endpoints that the provider's credentials are allowed to see.
list "pbs_s3_endpoint" "all" {
  provider = pbs
}
