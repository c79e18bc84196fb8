terraform import pbs_node_config.this localhost
