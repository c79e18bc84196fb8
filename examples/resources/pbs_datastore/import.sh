terraform import pbs_datastore.main main
