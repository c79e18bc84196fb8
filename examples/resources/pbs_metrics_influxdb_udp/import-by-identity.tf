import {
  to = pbs_metrics_influxdb_udp.telegraf
  identity = {
    name = "telegraf"
  }
}
