#!/usr/bin/env python3
"""Runs mail programs of other projects against the test server, each against a server of its own.

    run.py PROGRAMS FOLDER [CLIENT...]   PROGRAMS has `mail`, and `examples/observed` of mail-testserver

Compares what a client saw, and what it did, with the store and the event log of the server. Ends at the first
difference, with the client's name. A run of all clients ends in a table of commands and clients, and fails if a
command of the RFCs, or of a capability that the server announces, was carried out for fewer than two clients.
"""

import importlib
import signal
import subprocess
import sys
import time

from commands import required
from observed import Difference, Observed

# Seconds that a client may take; a client that waits for an answer for ever is a difference too.
LIMIT = 120

# Each is a module of this folder with a function `run(server)`.
CLIENTS = ["python_imap", "python_pop3", "perl_pop3", "curl", "mutt", "mbsync", "mpop", "fetchmail", "getmail",
           "offlineimap", "imapflow", "node_imap"]


def main(programs, folder, *names):
    carried_out = {}
    for name in names or CLIENTS:
        begun = time.monotonic()
        signal.alarm(LIMIT)
        try:
            with Observed(programs, f"{folder}/{name}") as server:
                importlib.import_module(name).run(server)
        except (Difference, subprocess.TimeoutExpired) as error:
            sys.exit(f"FAILED: {name}: {error}")
        except Exception:
            print(f"FAILED: {name}", file=sys.stderr)
            raise
        carried_out[name] = server.commands
        taken = f"{time.monotonic() - begun:.1f} s"
        print(f"{name}: {len(server.commands)} commands, {server.checks} checks, {taken}", flush=True)
    if not names:
        with Observed(programs, f"{folder}/announced") as server:
            every_command(required(server), carried_out)


def every_command(required, carried_out):
    """Prints which client used which command, and ends if fewer than two used one that is required."""
    few = []
    for command in sorted(required.union(*carried_out.values())):
        names = [name for name, commands in carried_out.items() if command in commands]
        print(f"  {command:20} {len(names):2}  {' '.join(names)}")
        if len(names) < 2 and command in required:
            few.append(command)
    print(f"{len(required)} commands are required of two clients")
    if few:
        sys.exit(f"FAILED: carried out for fewer than two clients: {', '.join(few)}")


def too_long(*_):
    raise TimeoutError(f"more than {LIMIT} s")


signal.signal(signal.SIGALRM, too_long)
main(*sys.argv[1:])
