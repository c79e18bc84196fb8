data "pbs_datastore" "store1" {
  name = "store1"
}

check "enough_room" {
  assert {
    condition     = data.pbs_datastore.store1.available_bytes > 100 * 1024 * 1024 * 1024
    error_message = "Less than 100 GiB are left in store1."
  }
}
