# All API tokens of the user backup@pbs.
data "pbs_api_tokens" "backup" {
  user_id = "backup@pbs"
}

output "tokens_that_never_expire" {
  description = "Ids of the tokens that never expire."
  value       = [for token in data.pbs_api_tokens.backup.tokens : token.id if token.expiration_date == null]
}
