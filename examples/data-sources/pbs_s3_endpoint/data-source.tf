# An S3 endpoint that exists on the server and is not managed by this configuration.
data "pbs_s3_endpoint" "cloud" {
  id = "cloud"
}
