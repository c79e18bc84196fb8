# Exists while this run does, and may only back up into store1.
ephemeral "pbs_api_token" "run" {
  user_id = "ci@pbs"
  ttl     = 900

  grants = [{
    path    = "/datastore/store1"
    role_id = "DatastoreBackup"
  }]
}

# A second provider that works with that token alone.
provider "pbs" {
  alias     = "run"
  endpoint  = "https://pbs.example.com:8007"
  api_token = ephemeral.pbs_api_token.run.api_token
}
