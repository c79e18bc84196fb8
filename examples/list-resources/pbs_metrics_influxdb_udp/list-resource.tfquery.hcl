# All InfluxDB UDP servers that the provider's credentials are allowed to see.
list "pbs_metrics_influxdb_udp" "all" {
  provider = pbs
}
