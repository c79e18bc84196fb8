import {
  to = pbs_sample_object.nightly
  id = "nightly"
}
