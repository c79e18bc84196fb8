# What was clicked together, taken over as it is: a user, its token, and the grants of both.
#
# Written by hand: the plan shows four imports and no change. To let Terraform write the blocks instead (1.14 or newer), put
# found.tfquery.hcl into a directory of its own with `terraform` and `provider` as below, and run there:
#
#   terraform query -generate-config-out=found.tf

terraform {
  required_version = ">= 1.5"

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

  # PBS shows a secret only once, so it is unknown here, and whoever uses the token keeps working. To have it here, add this: the
  # token gets a new secret, and the old one stops working.
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
