#!/bin/sh
# Backs up one ZFS dataset from a snapshot: backup.sh tank/data
set -eu

dataset=$1
snapshot=$dataset@pbs-backup
mountpoint=$(zfs get -H -o value mountpoint "$dataset")
case $mountpoint in
/*) ;;
*) echo "$dataset is not mounted by ZFS (mountpoint: $mountpoint)" >&2 && exit 1 ;;
esac

# PBS_REPOSITORY, PBS_FINGERPRINT and PBS_PASSWORD_FILE
set -a
. "${PBS_BACKUP_DIRECTORY:-/etc/pbs-backup}/environment"
set +a

zfs snapshot "$snapshot"
trap 'zfs destroy "$snapshot"' EXIT

# A group of its own for each dataset, so that each keeps its own history: nas-tank-data
proxmox-backup-client backup "$(basename "$dataset").pxar:$mountpoint/.zfs/snapshot/pbs-backup" \
    --backup-id "$(hostname)-$(printf %s "$dataset" | tr / -)"
