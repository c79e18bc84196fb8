import {
  to = pbs_api_token.laptop
  identity = {
    user_id    = "backup@pbs"
    token_name = "laptop"
  }
}
