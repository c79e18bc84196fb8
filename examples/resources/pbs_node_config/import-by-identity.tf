import {
  to = pbs_node_config.this
  identity = {
    node = "localhost"
  }
}
