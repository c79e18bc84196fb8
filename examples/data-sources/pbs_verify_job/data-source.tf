# A verify job that exists on the server and is not managed by this configuration.
data "pbs_verify_job" "main" {
  id = "main-nightly"
}
