variable "s3_secret_key" {
  type      = string
  sensitive = true
  ephemeral = true
}

# The secret key is stored neither in the plan nor in the state. To send a new key, change
# `secret_key_wo_version`.
resource "pbs_s3_endpoint" "cloud" {
  id                    = "cloud"
  endpoint              = "{{bucket}}.s3.{{region}}.example.com"
  region                = "eu-west-1"
  access_key            = "AKIAIOSFODNN7EXAMPLE"
  secret_key_wo         = var.s3_secret_key
  secret_key_wo_version = 1
}

# A datastore in a bucket. The path is a local directory, which PBS uses as a cache.
resource "pbs_datastore" "in_cloud" {
  name = "cloud"
  path = "/mnt/datastore/cloud-cache"
  s3 = {
    endpoint = pbs_s3_endpoint.cloud.id
    bucket   = "backups"
  }
  lifecycle {
    prevent_destroy = true
  }
}
