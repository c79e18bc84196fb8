# Imports four objects that were created by hand on the server: a user, its token, and a grant (ACL entry) for each of
# them. The plan shows four imports and no change.
#
# The blocks below are written by hand. Terraform 1.14 or newer can generate such blocks: copy found.tfquery.hcl into an
# empty directory, and add the blocks `terraform` and `provider` of this file. Then run in that directory:
#
#   terraform query -generate-config-out=found.tf

terraform {
  required_version = ">= 1.6"

  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

provider "pbs" {}

import {
  to = pbs_user.backup
  id = "backup@pbs"
}

resource "pbs_user" "backup" {
  user_id = "backup@pbs"
}

import {
  to = pbs_api_token.laptop
  id = "backup@pbs!laptop"
}

resource "pbs_api_token" "laptop" {
  user_id    = pbs_user.backup.user_id
  token_name = "laptop"

  # PBS shows a secret only once, so `secret` is null after the import. The machine that uses the token keeps working
  # with its present secret. To get a secret into the state, uncomment the line below. The token then gets a new secret,
  # and the old secret stops working.
  #
  # rotation_triggers = { adopted = "2026-11-24" }
}

import {
  to = pbs_acl.user
  id = "/datastore/store1?backup@pbs?DatastoreBackup"
}

resource "pbs_acl" "user" {
  path    = "/datastore/store1"
  auth_id = pbs_user.backup.user_id
  role_id = "DatastoreBackup"
}

import {
  to = pbs_acl.token
  id = "/datastore/store1?backup@pbs!laptop?DatastoreBackup"
}

resource "pbs_acl" "token" {
  path    = "/datastore/store1"
  auth_id = pbs_api_token.laptop.id
  role_id = "DatastoreBackup"
}
