terraform import pbs_api_token.laptop 'backup@pbs!laptop'
