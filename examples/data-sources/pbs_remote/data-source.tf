# A remote that exists on the server and is not managed by this configuration.
data "pbs_remote" "offsite" {
  name = "offsite"
}

output "offsite_host" {
  value = data.pbs_remote.offsite.host
}
