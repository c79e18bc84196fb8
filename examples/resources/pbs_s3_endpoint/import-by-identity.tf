import {
  to = pbs_s3_endpoint.cloud
  identity = {
    id = "cloud"
  }
}
