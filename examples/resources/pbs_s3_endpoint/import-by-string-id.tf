import {
  to = pbs_s3_endpoint.cloud
  id = "cloud"
}
