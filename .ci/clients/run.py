#!/usr/bin/env python3
"""Runs mail programs of other projects against the test server, each against a server of its own.

    run.py PROGRAM FOLDER [CLIENT...]   PROGRAM is the example `observed` of mail-testserver

Compares what a client saw, and what it did, with the store and the event log of the server. Ends at the first
difference, with the client's name.
"""

import importlib
import signal
import subprocess
import sys
import time

from observed import Difference, Observed

# Seconds that a client may take; a client that waits for an answer for ever is a difference too.
LIMIT = 120

# Each is a module of this folder with a function `run(server)`.
CLIENTS = ["python_imap", "python_pop3", "curl", "mbsync", "mpop", "fetchmail", "getmail", "offlineimap", "imapflow",
           "node_imap"]


def main(program, folder, *names):
    for name in names or CLIENTS:
        begun = time.monotonic()
        signal.alarm(LIMIT)
        try:
            with Observed(program, f"{folder}/{name}") as server:
                importlib.import_module(name).run(server)
        except (Difference, subprocess.TimeoutExpired) as error:
            sys.exit(f"FAILED: {name}: {error}")
        except Exception:
            print(f"FAILED: {name}", file=sys.stderr)
            raise
        print(f"{name}: {server.checks} checks, {time.monotonic() - begun:.1f} s", flush=True)


def too_long(*_):
    raise TimeoutError(f"more than {LIMIT} s")


signal.signal(signal.SIGALRM, too_long)
main(*sys.argv[1:])
