# A datastore in a directory of the server. If Terraform destroys the datastore, its backups stay in the
# directory, but PBS no longer shows them.
resource "pbs_datastore" "main" {
  name        = "main"
  path        = "/mnt/datastore/main"
  comment     = "Nightly backups of all machines"
  gc_schedule = "sat 04:00"
  verify_new  = true

  tuning = {
    gc_atime_cutoff = 1500
  }

  lifecycle {
    prevent_destroy = true
  }
}

# A datastore on a removable device. The path is relative to the file system of the device.
resource "pbs_datastore" "vault" {
  name           = "vault"
  path           = "backups"
  backing_device = "0b0e2b3c-1d2e-4f50-8a9b-0c1d2e3f4a5b"

  lifecycle {
    prevent_destroy = true
  }
}

# A datastore in an S3 bucket. The directory contains the local cache.
resource "pbs_datastore" "cloud" {
  name = "cloud"
  path = "/mnt/cache/cloud"

  s3 = {
    endpoint       = "object-store"
    bucket         = "pbs-backups"
    max_cache_size = "100 GiB"
  }

  lifecycle {
    prevent_destroy = true
  }
}
