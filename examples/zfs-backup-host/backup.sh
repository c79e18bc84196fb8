#!/bin/sh
# Backs up one ZFS dataset from a snapshot: backup.sh tank/data
set -eu

dataset=$1
snapshot=$dataset@pbs-backup
mountpoint=$(zfs get -H -o value mountpoint "$dataset")

# PBS_REPOSITORY, PBS_FINGERPRINT and PBS_PASSWORD_FILE
set -a
. "${PBS_BACKUP_DIRECTORY:-/etc/pbs-backup}/environment"
set +a

zfs snapshot "$snapshot"
trap 'zfs destroy "$snapshot"' EXIT

proxmox-backup-client backup "$(basename "$dataset").pxar:$mountpoint/.zfs/snapshot/pbs-backup"
