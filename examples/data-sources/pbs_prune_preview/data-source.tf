# The snapshots that PBS would remove with a retention of 14 daily and 12 monthly snapshots. The server removes nothing.
data "pbs_prune_preview" "shorter" {
  datastore    = "store1"
  keep_daily   = 14
  keep_monthly = 12
}

output "would_be_removed" {
  description = "Number of snapshots that this retention would remove."
  value       = data.pbs_prune_preview.shorter.removed
}
