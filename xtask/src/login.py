"""Log in to a Proxmox Backup Server with an API token and print the token's own rights.

The server is named by PBS_ENDPOINT and PBS_FINGERPRINT; the token arrives on standard input, so that no list of processes shows it.
"""

import hashlib
import http.client
import json
import os
import ssl
import sys
import urllib.parse

server = urllib.parse.urlsplit(os.environ["PBS_ENDPOINT"])
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE  # the fingerprint vouches for the certificate instead
connection = http.client.HTTPSConnection(server.hostname, server.port, timeout=30, context=context)
try:
    connection.connect()
    found = hashlib.sha256(connection.sock.getpeercert(binary_form=True)).hexdigest()
    if found != os.environ["PBS_FINGERPRINT"].replace(":", "").lower():
        sys.exit("the server shows another certificate than the one of PBS_FINGERPRINT")
    token = sys.stdin.read().strip()
    connection.request("GET", "/api2/json/access/permissions", headers={"Authorization": f"PBSAPIToken={token}"})
    answer = connection.getresponse()
    body = answer.read()
except OSError as error:
    sys.exit(f"the server cannot be reached: {error}")
if answer.status != 200:
    sys.exit(f"GET /access/permissions with the new token: {answer.status} {body.decode(errors='replace').strip()}")
for path, privileges in sorted(json.loads(body)["data"].items()):
    if privileges:
        print(f"{path}: {', '.join(sorted(privileges))}")
