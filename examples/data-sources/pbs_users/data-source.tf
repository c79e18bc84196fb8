# All users that the provider's user or token is allowed to see.
data "pbs_users" "all" {}

output "switched_off" {
  description = "Ids of the users that are disabled."
  value       = [for user in data.pbs_users.all.users : user.user_id if !user.enabled]
}
