# Result: { realm = "pbs", token_name = "laptop", user_id = "backup@pbs" }
output "parts" {
  value = provider::pbs::parse_auth_id("backup@pbs!laptop")
}
