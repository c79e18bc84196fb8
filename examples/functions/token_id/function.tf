# Result: "backup@pbs!laptop"
output "id" {
  value = provider::pbs::token_id("backup@pbs", "laptop")
}
