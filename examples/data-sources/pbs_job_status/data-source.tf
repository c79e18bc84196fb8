data "pbs_job_status" "garbage_collection" {
  type = "garbage_collection"
  id   = "store1"
}

# Warns in each plan and apply if the last garbage collection failed or ended with warnings. While a garbage collection
# is running, there is no warning.
check "garbage_collection" {
  assert {
    condition     = coalesce(data.pbs_job_status.garbage_collection.last_run_result, "OK") == "OK"
    error_message = "The last garbage collection of store1 failed or ended with warnings."
  }
}
