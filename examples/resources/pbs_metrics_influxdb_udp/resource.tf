resource "pbs_metrics_influxdb_udp" "telegraf" {
  name = "telegraf"
  host = "192.0.2.10:8089"
}
