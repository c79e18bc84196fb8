import {
  to = pbs_traffic_control_rule.office
  id = "office"
}
