# Result: { auth_id = "backup@pbs!laptop", datastore = "store1", port = 8007, server = "pbs.example.com" }
output "parts" {
  value = provider::pbs::parse_repository("backup@pbs!laptop@pbs.example.com:8007:store1")
}
