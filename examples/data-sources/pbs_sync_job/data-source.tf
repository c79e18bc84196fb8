# A sync job that exists on the server and is not managed by this configuration.
data "pbs_sync_job" "from_headquarters" {
  id = "from-headquarters"
}
