data "pbs_backup_groups" "all" {
  datastore = "store1"
}

# Warns in each plan and apply if one of these machines has no backup of the last two days, or if a verification failed.
check "backups" {
  assert {
    condition = alltrue([
      for machine in ["web1", "web2"] : anytrue([
        for group in data.pbs_backup_groups.all.groups :
        group.backup_id == machine &&
        timecmp(coalesce(group.newest, "1970-01-01T00:00:00Z"), timeadd(plantimestamp(), "-48h")) > 0
      ])
    ])
    error_message = "A machine has no backup of the last two days."
  }

  assert {
    condition     = sum(concat([0], data.pbs_backup_groups.all.groups[*].failed_verifications)) == 0
    error_message = "The verification of a backup has failed."
  }
}
