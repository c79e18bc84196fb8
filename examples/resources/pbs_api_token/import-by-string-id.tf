import {
  to = pbs_api_token.laptop
  id = "backup@pbs!laptop"
}
