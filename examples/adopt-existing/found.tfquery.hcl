# Lists users, tokens and grants on the server. This command writes resource and import blocks for these objects to
# found.tf:
#
#   terraform query -generate-config-out=found.tf

list "pbs_user" "all" {
  provider = pbs
}

list "pbs_api_token" "backup" {
  provider = pbs

  config {
    user_id = "backup@pbs"
  }
}

list "pbs_acl" "store1" {
  provider = pbs

  config {
    path = "/datastore/store1"
  }
}
