import {
  to = pbs_metrics_influxdb_http.monitoring
  identity = {
    name = "monitoring"
  }
}
