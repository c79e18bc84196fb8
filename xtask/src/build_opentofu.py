"""Build OpenTofu VERSION as a Go module, and put the program into DIRECTORY.

Usage: build_opentofu.py VERSION CHECKSUM DIRECTORY. CHECKSUM is the checksum of the module, as go.sum
contains it. Run by xtask/src/cli.rs. A failure is reported by one sentence on stderr and exit code 1.
"""

import fcntl
import json
import os
import pathlib
import subprocess
import sys
import tempfile

MODULE = "github.com/opentofu/opentofu"


def main(version, checksum, directory):
    program = pathlib.Path(directory, "tofu")
    program.parent.mkdir(parents=True, exist_ok=True)
    with open(program.with_name("lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test programs may run this at the same time
        if program.exists():
            return
        with tempfile.TemporaryDirectory(dir=program.parent) as temporary:
            build(version, checksum, temporary)
            os.rename(pathlib.Path(temporary, "tofu"), program)


def build(version, checksum, directory):
    module = json.loads(go(directory, "mod", "download", "-json", f"{MODULE}@v{version}"))
    if module["Sum"] != checksum:
        sys.exit(f"{MODULE} {version} does not have the checksum in xtask/src/release.rs")
    # The go command ignores the replacements in the go.mod of a dependency, so the new go.mod repeats them.
    go_mod = json.loads(go(directory, "mod", "edit", "-json", module["GoMod"]))
    lines = ["module build", f"go {go_mod['Go']}", f"require {MODULE} v{version}"]
    for replacement in go_mod.get("Replace") or []:
        lines.append(f"replace {name(replacement['Old'])} => {name(replacement['New'])}")
    pathlib.Path(directory, "go.mod").write_text("\n".join(lines) + "\n")
    # Without this variable, the version that the program reports ends in "-dev".
    flags = f"-s -w -X {MODULE}/version.dev=no"
    arguments = ["-mod=mod", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", "tofu"]
    go(directory, "build", *arguments, f"{MODULE}/cmd/tofu")


def name(module):
    return " ".join(filter(None, [module["Path"], module.get("Version")]))


def go(directory, *arguments):
    environment = {**os.environ, "GOWORK": "off", "GOFLAGS": "", "CGO_ENABLED": "0"}
    run = subprocess.run(["go", *arguments], cwd=directory, env=environment, capture_output=True, text=True)
    if run.returncode != 0:
        errors = (run.stderr or run.stdout).strip().splitlines()
        sys.exit(f"go {arguments[0]} failed ({errors[-1] if errors else 'go gave no reason'})")
    return run.stdout


main(*sys.argv[1:])
