# A traffic control rule that exists on the server and is not managed by this configuration.
data "pbs_traffic_control_rule" "office" {
  name = "office"
}

output "limit_of_the_office" {
  value = data.pbs_traffic_control_rule.office.rate_in
}
