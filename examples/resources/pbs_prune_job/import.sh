terraform import pbs_prune_job.main main-daily
