# A token that exists only during this run of Terraform. The token gets the role DatastoreBackup on the datastore
# `store1`. The user ci@pbs must exist before the run, and also needs this role on the datastore.
ephemeral "pbs_api_token" "run" {
  user_id = "ci@pbs"
  ttl     = 900

  grants = [{
    path    = "/datastore/store1"
    role_id = "DatastoreBackup"
  }]
}

# A second provider configuration, which uses the token of this run as its credential.
provider "pbs" {
  alias     = "run"
  endpoint  = "https://pbs.example.com:8007"
  api_token = ephemeral.pbs_api_token.run.api_token
}
