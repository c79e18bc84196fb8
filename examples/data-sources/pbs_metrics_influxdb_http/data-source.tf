# An InfluxDB HTTP server that exists in PBS and is not managed by this configuration.
data "pbs_metrics_influxdb_http" "monitoring" {
  name = "monitoring"
}
