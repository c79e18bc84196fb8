data "pbs_backup_groups" "all" {
  datastore = "store1"
}

# Warns in each plan and apply if a machine has no backup of the last two days.
check "age_of_backups" {
  assert {
    condition = alltrue([
      for group in data.pbs_backup_groups.all.groups :
      timecmp(coalesce(group.newest, "1970-01-01T00:00:00Z"), timeadd(plantimestamp(), "-48h")) > 0
    ])
    error_message = "A machine has no backup of the last two days."
  }
}
