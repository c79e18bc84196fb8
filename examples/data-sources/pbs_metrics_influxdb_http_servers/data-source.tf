# All InfluxDB HTTP servers that the provider's credentials are allowed to see.
data "pbs_metrics_influxdb_http_servers" "all" {}

# Reads each of these InfluxDB HTTP servers.
data "pbs_metrics_influxdb_http" "each" {
  for_each = toset(data.pbs_metrics_influxdb_http_servers.all.names)
  name     = each.value
}
