# An InfluxDB UDP server that exists in PBS and is not managed by this configuration.
data "pbs_metrics_influxdb_udp" "telegraf" {
  name = "telegraf"
}
