#!/usr/bin/env python3
"""The archives and checksums of a release, as the registries of Terraform and OpenTofu want them.

  package.py zip PROGRAM NAME ARCHIVE    one program in a zip, the same bytes from the same program
  package.py sums NAME_VERSION DIRECTORY adds the manifest, and writes SHA256SUMS of all that is there
"""

import hashlib
import pathlib
import shutil
import sys
import zipfile

MANIFEST = pathlib.Path(__file__).parent.parent / "terraform-registry-manifest.json"


def archive(program, name, target):
    # Neither the time of the build nor the builder's umask may show.
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr(entry, pathlib.Path(program).read_bytes(), compresslevel=9)


def sums(release, directory):
    directory = pathlib.Path(directory)
    shutil.copyfile(MANIFEST, directory / f"{release}_manifest.json")
    listed = directory / f"{release}_SHA256SUMS"
    files = sorted(path for path in directory.iterdir() if not path.name.startswith(listed.name))
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    listed.write_text("".join(lines))


match sys.argv[1:]:
    case ["zip", program, name, target]:
        archive(program, name, target)
    case ["sums", release, directory]:
        sums(release, directory)
    case _:
        sys.exit(__doc__)
