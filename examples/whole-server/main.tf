# A whole backup server: a datastore with namespaces, its jobs, a backup client, copies to and from another server,
# notifications, metrics, a bandwidth limit, and the settings of the server itself.
#
#   export PBS_ENDPOINT=https://pbs.example.com:8007
#   export PBS_FINGERPRINT=...    # run on the server: proxmox-backup-manager cert info
#   export PBS_API_TOKEN='terraform@pbs!provider:SECRET'
#
# The variables without a default are secrets. Set them in the environment, for example TF_VAR_gotify_token. The state
# contains them in plain text, so protect the state.

terraform {
  required_version = ">= 1.6"

  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

provider "pbs" {}

variable "offsite_secret" {
  type        = string
  sensitive   = true
  description = "Secret of the API token with which this server reads backups from the offsite server."
}

variable "gotify_token" {
  type        = string
  sensitive   = true
  description = "Token of an application on the Gotify server."
}

variable "smtp_password" {
  type        = string
  sensitive   = true
  description = "Password for the SMTP server."
}

variable "chat_token" {
  type        = string
  sensitive   = true
  description = "Token for the webhook of the chat."
}

variable "influxdb_token" {
  type        = string
  sensitive   = true
  description = "API token for the InfluxDB server."
}

variable "s3_secret_key" {
  type        = string
  sensitive   = true
  description = "Secret key for the object storage."
}

variable "offsite_host" {
  type        = string
  description = "Host name or address at which this server reaches the offsite server."
  default     = "offsite.example.com"
}

variable "offsite_fingerprint" {
  type        = string
  description = "SHA-256 fingerprint of the offsite server's certificate. Set the variable only if the certificate was not issued by a trusted authority."
  default     = null
}

# The datastore

# PBS creates the directory. With `prevent_destroy`, a plan that would destroy or replace the datastore fails.
resource "pbs_datastore" "main" {
  name        = "main"
  path        = "/srv/backup"
  comment     = "Backups of all machines"
  gc_schedule = "05:00"
  verify_new  = true

  lifecycle {
    prevent_destroy = true
  }
}

# Clients back up into the namespaces below this one.
resource "pbs_namespace" "production" {
  datastore = pbs_datastore.main.name
  path      = "production"
}

# `path` refers to the parent namespace `production`, so Terraform creates `production` first.
resource "pbs_namespace" "web" {
  datastore = pbs_namespace.production.datastore
  path      = "${pbs_namespace.production.path}/web"
}

# The sync job `from_offsite` copies the backups of the offsite server into this namespace. No client backs up into this
# namespace.
resource "pbs_namespace" "copies" {
  datastore = pbs_datastore.main.name
  path      = "copies"
}

# The jobs: pruning at 04:00, garbage collection at 05:00 (`gc_schedule` of the datastore), verification at 06:00

# A prune job also prunes the namespaces below its `namespace`.
resource "pbs_prune_job" "production" {
  id           = "production"
  datastore    = pbs_namespace.production.datastore
  namespace    = pbs_namespace.production.path
  schedule     = "04:00"
  keep_last    = 3
  keep_daily   = 14
  keep_weekly  = 8
  keep_monthly = 12
}

resource "pbs_prune_job" "copies" {
  id          = "copies"
  datastore   = pbs_namespace.copies.datastore
  namespace   = pbs_namespace.copies.path
  schedule    = "04:00"
  keep_daily  = 7
  keep_weekly = 4
}

# Verifies the snapshots that were not verified yet, and verifies each snapshot again after 30 days.
resource "pbs_verify_job" "main" {
  id             = "main"
  datastore      = pbs_datastore.main.name
  schedule       = "06:00"
  outdated_after = 30
}

# A backup client

# The user has no password, so only its tokens can log in.
resource "pbs_user" "web" {
  user_id = "web@pbs"
  comment = "Backups of the web servers"
}

resource "pbs_api_token" "web" {
  user_id    = pbs_user.web.id
  token_name = "backup"
}

# A token has a privilege only where its user has the same privilege, so the user and the token both get the role.
resource "pbs_acl" "web_user" {
  path    = "/datastore/${pbs_namespace.web.datastore}/${pbs_namespace.web.path}"
  auth_id = pbs_user.web.id
  role_id = "DatastoreBackup"
}

resource "pbs_acl" "web_token" {
  path    = pbs_acl.web_user.path
  auth_id = pbs_api_token.web.id
  role_id = pbs_acl.web_user.role_id
}

# The offsite server: it pulls the backups of this server, and this server pulls the backups of the offsite server

# With this token, the offsite server can read the backups in the namespace `production`, but cannot change or delete
# them. The sync job that copies these backups is on the offsite server, see the example `offsite-sync`.
resource "pbs_user" "offsite" {
  user_id = "offsite@pbs"
  comment = "The offsite server, which copies the backups"
}

resource "pbs_api_token" "offsite" {
  user_id    = pbs_user.offsite.id
  token_name = "sync"
}

resource "pbs_acl" "offsite_user" {
  path    = "/datastore/${pbs_namespace.production.datastore}/${pbs_namespace.production.path}"
  auth_id = pbs_user.offsite.id
  role_id = "DatastoreReader"
}

resource "pbs_acl" "offsite_token" {
  path    = pbs_acl.offsite_user.path
  auth_id = pbs_api_token.offsite.id
  role_id = pbs_acl.offsite_user.role_id
}

# PBS does not connect to the remote when the remote is created. A wrong address or secret is noticed only when the sync
# job runs.
resource "pbs_remote" "offsite" {
  name        = "offsite"
  host        = var.offsite_host
  auth_id     = "headquarters@pbs!sync"
  password    = var.offsite_secret
  fingerprint = var.offsite_fingerprint
}

resource "pbs_sync_job" "from_offsite" {
  id               = "from-offsite"
  datastore        = pbs_namespace.copies.datastore
  namespace        = pbs_namespace.copies.path
  remote           = pbs_remote.offsite.name
  remote_datastore = "main"
  remote_namespace = "production"
  schedule         = "02:00"
  rate_in          = "20 MiB"
}

# Notifications

resource "pbs_gotify_notification" "phone" {
  name   = "phone"
  server = "https://gotify.example.com"
  token  = var.gotify_token
}

resource "pbs_smtp_notification" "admins" {
  name         = "admins"
  server       = "mail.example.com"
  mode         = "starttls"
  username     = "pbs"
  password     = var.smtp_password
  from_address = "pbs@example.com"
  mailto       = ["admins@example.com"]
}

resource "pbs_sendmail_notification" "operators" {
  name   = "operators"
  mailto = ["operators@example.com"]
}

resource "pbs_webhook_notification" "chat" {
  name   = "chat"
  url    = "https://chat.example.com/hooks/backup"
  method = "post"
  headers = {
    "Content-Type"  = "application/json"
    "Authorization" = "Bearer {{ secrets.token }}"
  }
  body    = "{ \"text\": \"{{ escape title }}: {{ escape message }}\" }"
  secrets = { token = var.chat_token }
}

# Both severities are in one element, because a notification must match every element, and has only one severity.
resource "pbs_notification_matcher" "failures" {
  name             = "failures"
  match_severities = ["warning,error"]
  targets = [
    pbs_gotify_notification.phone.name,
    pbs_smtp_notification.admins.name,
    pbs_webhook_notification.chat.name,
  ]
}

resource "pbs_notification_matcher" "everything" {
  name    = "everything"
  targets = [pbs_sendmail_notification.operators.name]
}

# The server itself

# Changes only the settings that this block sets.
resource "pbs_node_config" "this" {
  description       = "Backup server, managed by Terraform"
  email_from        = "pbs@example.com"
  task_log_max_days = 90
}

# During office hours, limits the bandwidth of the clients in the office.
resource "pbs_traffic_control_rule" "office" {
  name       = "office"
  networks   = ["192.168.0.0/16"]
  rate_in    = "20 MiB"
  rate_out   = "50 MiB"
  timeframes = ["mon..fri 8-17"]
}

resource "pbs_metrics_influxdb_udp" "telegraf" {
  name = "telegraf"
  host = "192.0.2.10:8089"
}

# PBS stores an enabled InfluxDB server only if it can connect to this server. Set `enabled = true` when the InfluxDB
# server is reachable.
resource "pbs_metrics_influxdb_http" "monitoring" {
  name         = "monitoring"
  url          = "https://influxdb.example.com:8086"
  organization = "example"
  bucket       = "backup-servers"
  token        = var.influxdb_token
  enabled      = false
}

# The address and the keys of an object storage. PBS connects to the object storage only when a datastore uses this
# endpoint, see the guide "Datastores on S3". Requires PBS 4.0.11 or newer.
resource "pbs_s3_endpoint" "cloud" {
  id         = "cloud"
  endpoint   = "{{bucket}}.s3.{{region}}.example.com"
  region     = "eu-west-1"
  access_key = "AKIAIOSFODNN7EXAMPLE"
  secret_key = var.s3_secret_key
}

# Checks: each plan and apply shows a warning if one of them fails

# Terraform reads a data source only after the objects in its `depends_on` exist.
data "pbs_datastore" "main" {
  name       = pbs_datastore.main.name
  depends_on = [pbs_datastore.main]
}

check "space" {
  assert {
    condition = (
      coalesce(data.pbs_datastore.main.used_bytes, 0) <= 0.9 * coalesce(data.pbs_datastore.main.total_bytes, 0)
    )
    error_message = "More than 90 percent of the file system of the datastore main is in use."
  }
}

data "pbs_backup_groups" "web" {
  datastore  = pbs_namespace.web.datastore
  namespace  = pbs_namespace.web.path
  depends_on = [pbs_namespace.web]
}

check "age_of_backups" {
  assert {
    condition = alltrue([
      for group in data.pbs_backup_groups.web.groups :
      timecmp(coalesce(group.newest, "1970-01-01T00:00:00Z"), timeadd(plantimestamp(), "-48h")) > 0
    ])
    error_message = "The newest backup of a web server is older than two days."
  }
}

data "pbs_job_status" "this" {
  for_each = {
    garbage_collection = pbs_datastore.main.name
    prune              = pbs_prune_job.production.id
    sync               = pbs_sync_job.from_offsite.id
    verify             = pbs_verify_job.main.id
  }

  type = each.key
  id   = each.value

  depends_on = [
    pbs_datastore.main,
    pbs_prune_job.production,
    pbs_sync_job.from_offsite,
    pbs_verify_job.main,
  ]
}

# `last_run_result` is null for a job that has not run yet.
check "jobs" {
  assert {
    condition = alltrue([
      for job in data.pbs_job_status.this : coalesce(job.last_run_result, "OK") == "OK"
    ])
    error_message = "The last run failed: ${join(", ", [
      for job in data.pbs_job_status.this : "${job.type} ${job.id}" if coalesce(job.last_run_result, "OK") != "OK"
    ])}"
  }
}

# The values that the web servers and the offsite server need

output "web_repository" {
  description = "Value of PBS_REPOSITORY on the web servers. Replace SERVER by the name of the backup server."
  value       = "${pbs_acl.web_token.auth_id}@SERVER:${pbs_datastore.main.name}"
}

output "web_secret" {
  description = "Value of PBS_PASSWORD on the web servers."
  value       = pbs_api_token.web.secret
  sensitive   = true
}

output "offsite_token_id" {
  description = "Id of the token for the remote on the offsite server."
  value       = pbs_acl.offsite_token.auth_id
}

output "offsite_token_secret" {
  description = "Secret of the token for the remote on the offsite server."
  value       = pbs_api_token.offsite.secret
  sensitive   = true
}
