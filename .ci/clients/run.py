#!/usr/bin/env python3
"""Runs mail programs of other projects against the test server, each against a server of its own.

    run.py PROGRAM FOLDER [CLIENT...]   PROGRAM is the example `observed` of mail-testserver

Compares what a client saw, and what it did, with the store and the event log of the server. Ends at the first
difference, with the client's name; ends too when a command was sent by fewer than two clients.
"""

import importlib
import signal
import subprocess
import sys
import time

from observed import Difference, Observed
from recorder import COMMANDS

# Seconds that a client may take; a client that waits for an answer for ever is a difference too.
LIMIT = 120

# Each is a module of this folder with a function `run(server)`.
CLIENTS = ["python_imap", "python_pop3", "curl", "mbsync", "mpop", "fetchmail", "getmail", "offlineimap", "imapflow",
           "node_imap"]


# Commands that fewer than two clients can send.
RARE = {"IMAP REPLACE", "IMAP UID REPLACE", "POP3 UTF8"}


def main(program, folder, *names):
    sent = {}
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
        sent[name] = server.commands
        taken = f"{time.monotonic() - begun:.1f} s"
        print(f"{name}: {len(server.commands)} commands, {server.checks} checks, {taken}", flush=True)


    if not names:
        every_command(sent)


def every_command(sent):
    """Prints which client sent which command, and ends if one was sent by fewer than two."""
    few = []
    for command in sorted(COMMANDS):
        names = [name for name in sent if command in sent[name]]
        print(f"  {command:20} {' '.join(names)}")
        if len(names) < (1 if command in RARE else 2):
            few.append(command)
    if few:
        sys.exit(f"FAILED: sent by fewer than two clients: {', '.join(few)}")


def too_long(*_):
    raise TimeoutError(f"more than {LIMIT} s")


signal.signal(signal.SIGALRM, too_long)
main(*sys.argv[1:])
