# All InfluxDB UDP servers that the provider's credentials are allowed to see.
data "pbs_metrics_influxdb_udp_servers" "all" {}

# Reads each of these InfluxDB UDP servers.
data "pbs_metrics_influxdb_udp" "each" {
  for_each = toset(data.pbs_metrics_influxdb_udp_servers.all.names)
  name     = each.value
}
