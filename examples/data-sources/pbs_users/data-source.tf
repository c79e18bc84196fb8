data "pbs_users" "all" {}

output "switched_off" {
  value = [for user in data.pbs_users.all.users : user.user_id if !user.enabled]
}
