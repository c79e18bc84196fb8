# All remotes that the provider's credentials are allowed to see.
data "pbs_remotes" "all" {}

# Reads each of these remotes.
data "pbs_remote" "each" {
  for_each = toset(data.pbs_remotes.all.names)
  name     = each.value
}
