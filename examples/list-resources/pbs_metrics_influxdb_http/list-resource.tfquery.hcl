# All InfluxDB HTTP servers that the provider's credentials are allowed to see.
list "pbs_metrics_influxdb_http" "all" {
  provider = pbs
}
