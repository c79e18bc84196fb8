variable "influxdb_token" {
  type      = string
  sensitive = true
  ephemeral = true
}

# The token is stored neither in the plan nor in the state. To send a new token, change `token_wo_version`. PBS stores
# this configuration only if it can connect to the InfluxDB server.
resource "pbs_metrics_influxdb_http" "monitoring" {
  name             = "monitoring"
  url              = "https://influxdb.example.com:8086"
  organization     = "example"
  bucket           = "backup-servers"
  token_wo         = var.influxdb_token
  token_wo_version = 1
}
