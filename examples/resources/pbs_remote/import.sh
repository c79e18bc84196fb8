terraform import pbs_remote.offsite offsite
