data "pbs_backup_groups" "all" {
  datastore = "store1"
}

# Warns in each plan and apply if the machine web1 or web2 has no backup from the last two days, or if the last
# verification of a snapshot failed.
check "backups" {
  assert {
    condition = alltrue([
      for machine in ["web1", "web2"] : anytrue([
        for group in data.pbs_backup_groups.all.groups :
        group.backup_id == machine &&
        timecmp(coalesce(group.newest, "1970-01-01T00:00:00Z"), timeadd(plantimestamp(), "-48h")) > 0
      ])
    ])
    error_message = "The machine web1 or web2 has no backup from the last two days."
  }

  assert {
    condition     = sum(concat([0], data.pbs_backup_groups.all.groups[*].failed_verifications)) == 0
    error_message = "The last verification of at least one snapshot failed."
  }
}
