# Every metrics influxdb udp that the provider's credentials are allowed to see.
list "pbs_metrics_influxdb_udp" "all" {
  provider = pbs
}
