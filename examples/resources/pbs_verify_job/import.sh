terraform import pbs_verify_job.main main-nightly
