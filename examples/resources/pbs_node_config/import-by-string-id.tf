import {
  to = pbs_node_config.this
  id = "localhost"
}
