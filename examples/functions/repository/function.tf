# Result: "backup@pbs!laptop@pbs.example.com:8007:store1"
output "repository" {
  value = provider::pbs::repository("backup@pbs!laptop", "pbs.example.com", "store1", 8007)
}

# An IPv6 address, and the default port. Result: "backup@pbs!laptop@[2001:db8::1]:store1"
output "without_a_port" {
  value = provider::pbs::repository("backup@pbs!laptop", "2001:db8::1", "store1")
}
