# Offsite copies: an offsite server pulls the backups of a main server every night. The main server has no credential of
# the offsite server, so nobody can use the main server to delete the copies.
#
# Each server needs an API token for the provider. The variables without a default are the addresses, the fingerprints
# and these tokens.

terraform {
  required_version = ">= 1.6"

  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

variable "main_endpoint" {
  type        = string
  description = "Address of the main server, for example `https://pbs.example.com:8007`."
}

variable "main_api_token" {
  type        = string
  sensitive   = true
  description = "API token for the provider on the main server as `user@realm!name:secret`."
}

variable "main_fingerprint" {
  type        = string
  description = "SHA-256 fingerprint of the main server's certificate. The provider and the offsite server both use it."
}

variable "offsite_endpoint" {
  type        = string
  description = "Address of the offsite server, for example `https://offsite.example.com:8007`."
}

variable "offsite_api_token" {
  type        = string
  sensitive   = true
  description = "API token for the provider on the offsite server as `user@realm!name:secret`."
}

variable "offsite_fingerprint" {
  type        = string
  description = "SHA-256 fingerprint of the offsite server's certificate."
}

variable "main_host" {
  type        = string
  description = "Host name or address at which the offsite server reaches the main server, without a port."
  default     = "pbs.example.com"
}

variable "main_port" {
  type        = number
  description = "Port at which the offsite server reaches the main server."
  default     = 8007
}

variable "main_datastore" {
  type        = string
  description = "Datastore of the main server whose backups are copied. It must exist."
  default     = "main"
}

provider "pbs" {
  alias       = "main"
  endpoint    = var.main_endpoint
  api_token   = var.main_api_token
  fingerprint = var.main_fingerprint
}

provider "pbs" {
  alias       = "offsite"
  endpoint    = var.offsite_endpoint
  api_token   = var.offsite_api_token
  fingerprint = var.offsite_fingerprint
}

# On the main server: a token that can read the backups, and nothing else

resource "pbs_user" "sync" {
  provider = pbs.main

  user_id = "sync@pbs"
  comment = "The offsite server, which copies the backups"
}

resource "pbs_api_token" "sync" {
  provider = pbs.main

  user_id    = pbs_user.sync.id
  token_name = "offsite"
}

# A token has a privilege only where its user has the same privilege, so the user and the token both get the role.
resource "pbs_acl" "user" {
  provider = pbs.main

  path    = "/datastore/${var.main_datastore}"
  auth_id = pbs_user.sync.id
  role_id = "DatastoreReader"
}

resource "pbs_acl" "token" {
  provider = pbs.main

  path    = pbs_acl.user.path
  auth_id = pbs_api_token.sync.id
  role_id = pbs_acl.user.role_id
}

# On the offsite server: the datastore with the copies, and the jobs

resource "pbs_datastore" "copies" {
  provider = pbs.offsite

  name        = "copies"
  path        = "/srv/copies"
  gc_schedule = "07:00"

  lifecycle {
    prevent_destroy = true
  }
}

# A separate namespace for the copies of the main server's backups. No client and no other job writes into this
# namespace.
resource "pbs_namespace" "main" {
  provider = pbs.offsite

  datastore = pbs_datastore.copies.name
  path      = "main"
}

# `auth_id` refers to the grant of the token, so the remote is created after the user and the token have their
# privileges. An apply that rotates the secret of the token also changes the password of the remote to the new secret.
resource "pbs_remote" "main" {
  provider = pbs.offsite

  name        = "main"
  host        = var.main_host
  port        = var.main_port
  auth_id     = pbs_acl.token.auth_id
  password    = pbs_api_token.sync.secret
  fingerprint = var.main_fingerprint
}

# Without `remove_vanished = true`, a snapshot that is deleted on the main server stays on the offsite server.
resource "pbs_sync_job" "from_main" {
  provider = pbs.offsite

  id               = "from-main"
  datastore        = pbs_namespace.main.datastore
  namespace        = pbs_namespace.main.path
  remote           = pbs_remote.main.name
  remote_datastore = var.main_datastore
  schedule         = "02:30"
  rate_in          = "20 MiB"
}

# Removes old copies. The offsite server keeps the copies for longer than a typical main server keeps its backups.
resource "pbs_prune_job" "copies" {
  provider = pbs.offsite

  id           = "copies"
  datastore    = pbs_namespace.main.datastore
  namespace    = pbs_namespace.main.path
  schedule     = "06:00"
  keep_daily   = 30
  keep_weekly  = 12
  keep_monthly = 24
}

# Verifies the copies every Saturday.
resource "pbs_verify_job" "copies" {
  provider = pbs.offsite

  id             = "copies"
  datastore      = pbs_namespace.main.datastore
  namespace      = pbs_namespace.main.path
  schedule       = "sat 08:00"
  outdated_after = 30
}

# Checks: each plan and apply shows a warning if one of them fails

# Terraform reads a data source only after the objects in its `depends_on` exist. The result does not contain copies in
# the namespaces below `main`. The guide "Offsite copies: pull and push" shows how to check the copies in all
# namespaces.
data "pbs_backup_groups" "copies" {
  provider = pbs.offsite

  datastore  = pbs_namespace.main.datastore
  namespace  = pbs_namespace.main.path
  depends_on = [pbs_namespace.main]
}

check "age_of_copies" {
  assert {
    condition = alltrue([
      for group in data.pbs_backup_groups.copies.groups :
      timecmp(coalesce(group.newest, "1970-01-01T00:00:00Z"), timeadd(plantimestamp(), "-48h")) > 0
    ])
    error_message = "The newest copy of a machine on the offsite server is older than two days."
  }
}

data "pbs_job_status" "from_main" {
  provider = pbs.offsite

  type       = "sync"
  id         = pbs_sync_job.from_main.id
  depends_on = [pbs_sync_job.from_main]
}

# `last_run_result` is null for a job that has not run yet.
check "last_run" {
  assert {
    condition     = coalesce(data.pbs_job_status.from_main.last_run_result, "OK") == "OK"
    error_message = "The last sync failed: ${coalesce(data.pbs_job_status.from_main.last_run_result, "-")}"
  }
}
