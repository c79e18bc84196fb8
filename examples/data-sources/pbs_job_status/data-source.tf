data "pbs_job_status" "collection" {
  type = "garbage_collection"
  id   = "store1"
}

# Warns in each plan and apply if the last run of the job failed.
check "collection" {
  assert {
    condition     = coalesce(data.pbs_job_status.collection.last_run_result, "OK") == "OK"
    error_message = "The last garbage collection of store1 has not succeeded."
  }
}
