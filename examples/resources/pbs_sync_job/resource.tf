variable "headquarters_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "pbs_datastore" "mirror" {
  name = "mirror"
  path = "/srv/mirror"

  lifecycle {
    prevent_destroy = true
  }
}

resource "pbs_remote" "headquarters" {
  name                = "headquarters"
  host                = "pbs1.example.com"
  auth_id             = "sync@pbs!branch"
  password_wo         = var.headquarters_secret
  password_wo_version = 1
}

# Every night, this job copies the backups of the virtual machines from the other server.
resource "pbs_sync_job" "from_headquarters" {
  id               = "from-headquarters"
  datastore        = pbs_datastore.mirror.name
  namespace        = "headquarters"
  remote           = pbs_remote.headquarters.name
  remote_datastore = "main"
  schedule         = "02:30"
  group_filters    = ["type:vm"]
  rate_in          = "20 MiB"
}
