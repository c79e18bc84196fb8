# All users that the provider's credentials are allowed to see.
data "pbs_users" "all" {}

output "disabled_users" {
  description = "Ids of the disabled users."
  value       = [for user in data.pbs_users.all.users : user.user_id if !user.enabled]
}
