terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

# The API token is not in the configuration. Set the token in the environment before you run Terraform:
# export PBS_API_TOKEN='terraform@pbs!provider:SECRET'
provider "pbs" {
  endpoint = "https://pbs.example.com:8007"

  # To find the fingerprint, run this on the server: proxmox-backup-manager cert info | grep Fingerprint
  fingerprint = "64:d3:ff:3a:50:38:53:5a:9b:f7:50:3e:27:0c:1f:4a:5b:0e:3d:2c:1a:99:88:77:66:55:44:33:22:11:00:aa"
}
