import {
  to = pbs_metrics_influxdb_udp.telegraf
  id = "telegraf"
}
