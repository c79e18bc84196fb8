terraform import pbs_user.backup backup@pbs
