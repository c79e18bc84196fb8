terraform {
  # Provider functions need Terraform 1.8 or newer.
  required_version = ">= 1.8"

  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}
