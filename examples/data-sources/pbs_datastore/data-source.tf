data "pbs_datastore" "store1" {
  name = "store1"
}

# Warns in each plan if less than 100 GiB are free.
check "enough_room" {
  assert {
    condition     = data.pbs_datastore.store1.available_bytes > 100 * 1024 * 1024 * 1024
    error_message = "Less than 100 GiB are free in the datastore store1."
  }
}
