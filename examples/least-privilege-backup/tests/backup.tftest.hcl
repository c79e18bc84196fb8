# These tests create objects on the server that PBS_ENDPOINT, PBS_FINGERPRINT and PBS_API_TOKEN name, and delete them at
# the end.

variables {
  user_id   = "module-test@pbs"
  server    = "pbs.example.com"
  datastore = "store1"
}

run "makes_a_token_that_may_back_up" {
  assert {
    condition     = output.token_id == "module-test@pbs!backup"
    error_message = "The token is ${output.token_id}."
  }

  assert {
    condition     = output.repository == "module-test@pbs!backup@pbs.example.com:8007:store1"
    error_message = "The repository is ${output.repository}."
  }

  assert {
    condition     = data.pbs_permissions.token.privileges == tomap({ "Datastore.Backup" = true })
    error_message = "The token should have the privilege Datastore.Backup and no other."
  }

  assert {
    condition     = output.expiration_date == null
    error_message = "Without validity_days the secret should never expire."
  }
}

run "gives_the_secret_an_end" {
  variables {
    validity_days     = 90
    rotation_triggers = { reason = "first" }
  }

  assert {
    condition     = output.secret == run.makes_a_token_that_may_back_up.secret
    error_message = "Adding rotation_triggers should not change a secret that is known."
  }

  assert {
    condition     = output.expiration_date == timeadd(pbs_api_token.this.issued_at, "${90 * 24}h")
    error_message = "The secret should expire 90 days after it was issued."
  }
}

run "renews_it_when_a_trigger_changes" {
  variables {
    validity_days     = 90
    rotation_triggers = { reason = "second" }
  }

  assert {
    condition     = output.secret != run.makes_a_token_that_may_back_up.secret
    error_message = "A changed trigger should give the token a new secret."
  }

  assert {
    condition     = output.token_id == run.makes_a_token_that_may_back_up.token_id
    error_message = "A rotation should not change the id of the token."
  }
}

run "refuses_a_role_that_may_delete_the_backups_of_others" {
  command = plan

  variables {
    role_id = "DatastoreAdmin"
  }

  expect_failures = [var.role_id]
}

run "refuses_an_address_where_a_host_is_wanted" {
  command = plan

  variables {
    server = "https://pbs.example.com"
  }

  expect_failures = [var.server]
}

run "stays_within_a_namespace" {
  variables {
    namespace = "hosts/web"
  }

  assert {
    condition     = alltrue([for acl in [pbs_acl.user, pbs_acl.token] : acl.path == "/datastore/store1/hosts/web"])
    error_message = "Both grants should be on the path of the namespace."
  }
}
