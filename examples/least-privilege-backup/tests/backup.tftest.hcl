# These tests create objects on a server, and delete the objects at the end. Set PBS_ENDPOINT, PBS_FINGERPRINT and
# PBS_API_TOKEN for this server.

variables {
  user_id   = "module-test@pbs"
  server    = "pbs.example.com"
  datastore = "store1"
}

run "creates_a_token_that_is_allowed_to_back_up" {
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

run "keeps_the_first_secret_for_comparison" {
  module {
    source = "./tests/first_secret"
  }

  variables {
    secret = run.creates_a_token_that_is_allowed_to_back_up.secret
  }
}

run "validity_days_sets_an_expiration_date" {
  variables {
    validity_days = 90
  }

  assert {
    condition     = output.expiration_date == timeadd(pbs_api_token.this.issued_at, "${90 * 24}h")
    error_message = "The secret should expire 90 days after it was issued."
  }
}

run "validity_days_keeps_the_secret" {
  module {
    source = "./tests/first_secret"
  }

  variables {
    secret = run.validity_days_sets_an_expiration_date.secret
  }

  assert {
    condition     = terraform_data.first_secret.output == var.secret
    error_message = "Adding validity_days should not change the secret."
  }
}

run "accepts_a_new_trigger" {
  variables {
    validity_days     = 90
    rotation_triggers = { reason = "leak" }
  }

  assert {
    condition     = output.token_id == "module-test@pbs!backup"
    error_message = "A rotation should not change the id of the token."
  }
}

run "a_new_trigger_rotates_the_secret" {
  module {
    source = "./tests/first_secret"
  }

  variables {
    secret = run.accepts_a_new_trigger.secret
  }

  assert {
    condition     = terraform_data.first_secret.output != var.secret
    error_message = "A new trigger should give the token a new secret."
  }
}

run "rejects_a_role_that_allows_deleting_the_backups_of_others" {
  command = plan

  variables {
    role_id = "DatastoreAdmin"
  }

  expect_failures = [var.role_id]
}

run "rejects_a_url_as_the_server" {
  command = plan

  variables {
    server = "https://pbs.example.com"
  }

  expect_failures = [var.server]
}

run "grants_the_role_only_on_the_namespace" {
  variables {
    namespace = "hosts/web"
  }

  assert {
    condition     = alltrue([for acl in [pbs_acl.user, pbs_acl.token] : acl.path == "/datastore/store1/hosts/web"])
    error_message = "Both grants should be on the path of the namespace."
  }
}
