# All traffic control rules on the server.
list "pbs_traffic_control_rule" "all" {
  provider = pbs
}
