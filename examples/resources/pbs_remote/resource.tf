variable "offsite_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

# Another Proxmox Backup Server. The secret of the API token is stored neither in the plan nor in the state. To send a
# new secret, change `password_wo_version`.
resource "pbs_remote" "offsite" {
  name                = "offsite"
  host                = "pbs2.example.com"
  auth_id             = "sync@pbs!main"
  password_wo         = var.offsite_secret
  password_wo_version = 1
  fingerprint         = "64:d3:ff:3a:50:38:53:5a:9b:f7:50:3f:e7:de:5b:31:7f:2e:6a:1c:9d:0b:84:c7:55:aa:12:ef:90:6b:d8:42"
}
