import {
  to = pbs_sample_object.nightly
  identity = {
    name = "nightly"
  }
}
