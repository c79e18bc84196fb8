"""Authenticate to a Proxmox Backup Server with an API token and print the privileges of the token.

The server is given by PBS_ENDPOINT and PBS_FINGERPRINT. The token is read from standard input, because
other users of the machine can see the arguments of a process.
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
context.verify_mode = ssl.CERT_NONE  # the fingerprint is compared below instead
connection = http.client.HTTPSConnection(server.hostname, server.port, timeout=30, context=context)
try:
    connection.connect()
    fingerprint = hashlib.sha256(connection.sock.getpeercert(binary_form=True)).hexdigest()
    if fingerprint != os.environ["PBS_FINGERPRINT"].replace(":", "").lower():
        sys.exit("the fingerprint of the server's certificate is not PBS_FINGERPRINT")
    token = sys.stdin.read().strip()
    connection.request("GET", "/api2/json/access/permissions", headers={"Authorization": f"PBSAPIToken={token}"})
    response = connection.getresponse()
    body = response.read()
except OSError as error:
    sys.exit(f"the server cannot be reached: {error}")
if response.status != 200:
    sys.exit(f"GET /access/permissions with the new token: {response.status} {body.decode(errors='replace').strip()}")
for path, privileges in sorted(json.loads(body)["data"].items()):
    if privileges:
        print(f"{path}: {', '.join(sorted(privileges))}")
