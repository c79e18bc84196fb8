# Result: "backup@pbs!laptop@pbs.example.com:8007:store1"
output "repository" {
  value = provider::pbs::repository("backup@pbs!laptop", "pbs.example.com", "store1", 8007)
}

# With an IPv6 address, and without a port. Result: "backup@pbs!laptop@[2001:db8::1]:store1"
output "without_a_port" {
  value = provider::pbs::repository("backup@pbs!laptop", "2001:db8::1", "store1")
}
