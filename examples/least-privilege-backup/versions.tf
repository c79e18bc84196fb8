terraform {
  # 1.8 brought functions of providers.
  required_version = ">= 1.8"

  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}
