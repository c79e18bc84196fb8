# During office hours, this rule limits the bandwidth of backups and restores of the clients in the office.
resource "pbs_traffic_control_rule" "office" {
  name       = "office"
  networks   = ["192.168.0.0/16"]
  rate_in    = "20 MiB"
  burst_in   = "40 MiB"
  rate_out   = "50 MiB"
  timeframes = ["mon..fri 8-17"]
}
