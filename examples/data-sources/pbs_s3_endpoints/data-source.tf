# All S3 endpoints that the provider's credentials are allowed to see.
data "pbs_s3_endpoints" "all" {}

# Reads each of these S3 endpoints.
data "pbs_s3_endpoint" "each" {
  for_each = toset(data.pbs_s3_endpoints.all.ids)
  id       = each.value
}
