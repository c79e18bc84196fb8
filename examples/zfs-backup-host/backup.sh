#!/bin/sh
# Backs up one ZFS dataset from a temporary snapshot. Usage: backup.sh tank/data
set -eu

dataset=$1
snapshot=$dataset@pbs-backup
mountpoint=$(zfs get -H -o value mountpoint "$dataset")
case $mountpoint in
/*) ;;
*) echo "$dataset is not mounted by ZFS (mountpoint: $mountpoint)" >&2 && exit 1 ;;
esac

# Reads the file `environment`, which main.tf has written. The file sets PBS_REPOSITORY, PBS_FINGERPRINT and
# PBS_PASSWORD_FILE, which proxmox-backup-client needs.
set -a
. "${PBS_BACKUP_DIRECTORY:-/etc/pbs-backup}/environment"
set +a

zfs snapshot "$snapshot"
trap 'zfs destroy "$snapshot"' EXIT

# Each dataset gets its own backup group, for example nas-tank-data, so that each dataset has its own history of
# snapshots.
proxmox-backup-client backup "$(basename "$dataset").pxar:$mountpoint/.zfs/snapshot/pbs-backup" \
    --backup-id "$(hostname)-$(printf %s "$dataset" | tr / -)"
