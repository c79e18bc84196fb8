terraform import pbs_s3_endpoint.cloud cloud
