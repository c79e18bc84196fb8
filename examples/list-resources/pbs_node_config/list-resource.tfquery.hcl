# The node configuration, which is a single object.
list "pbs_node_config" "all" {
  provider = pbs
}
