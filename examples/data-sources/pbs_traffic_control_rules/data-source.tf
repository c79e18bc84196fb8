# All traffic control rules that the provider's credentials are allowed to see.
data "pbs_traffic_control_rules" "all" {}

# Reads each of these traffic control rules.
data "pbs_traffic_control_rule" "each" {
  for_each = toset(data.pbs_traffic_control_rules.all.names)
  name     = each.value
}
