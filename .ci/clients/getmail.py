"""getmail6 over POP3S, POP3, IMAPS and IMAP: keeps, fetches only what is new, then deletes."""

import os
import shutil
import subprocess

from observed import PASSWORDS, Difference, essence

CONFIG = """
[retriever]
type = {kind}
server = localhost
port = {port}
username = alice
password = {password}
{trust}
{more}
[destination]
type = Maildir
path = {folder}/mail/
{user}
[options]
read_all = false
delete = {delete}
delivered_to = false
received = false
verbose = 0
"""

KINDS = {"pop3": "SimplePOP3Retriever", "pop3s": "SimplePOP3SSLRetriever", "imap": "SimpleIMAPRetriever",
         "imaps": "SimpleIMAPSSLRetriever"}


def fetch(server, scheme, more="", delete=False):
    """Runs getmail and returns the messages that it stored in this run, sorted."""
    folder = server.folder / scheme
    mail = folder / "mail"
    for part in ("cur", "new", "tmp"):
        (mail / part).mkdir(parents=True, exist_ok=True)
    user = ""
    # As root, getmail only delivers as another user.
    if os.getuid() == 0:
        user = "user = nobody"
        for path in (mail, *mail.iterdir()):
            shutil.chown(path, "nobody")
    before = set((mail / "new").iterdir())
    (folder / "getmailrc").write_text(CONFIG.format(
        kind=KINDS[scheme], port=server.ports[scheme], password=PASSWORDS["alice"], folder=folder, more=more,
        user=user,        delete=str(delete).lower(), trust=f"ca_certs = {server.ca}" if scheme.endswith("s") else ""))
    done = subprocess.run(["getmail", f"--getmaildir={folder}", "--rcfile=getmailrc"], capture_output=True, timeout=100)
    if done.returncode != 0 or done.stderr:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise Difference(f"getmail over {scheme} ends with {done.returncode}: {said}")
    return sorted(essence(file.read_bytes()) for file in set((mail / "new").iterdir()) - before)


def lines(texts):
    return sorted(map(essence, texts))


def run(server):
    for scheme in KINDS:
        server.check(f"{scheme}: all messages", fetch(server, scheme), lines(server.texts("alice", "INBOX")))
        server.check(f"{scheme}: the second run", fetch(server, scheme), [])
        new = b"Subject: new\r\n\r\nsince the last run\r\n"
        server.deliver("alice", "INBOX", new)
        server.check(f"{scheme}: one that is new", fetch(server, scheme), lines([new]))
    before = server.texts("alice", "INBOX")
    server.log()
    # Those that came since the run over POP3S.
    server.check("the last run", fetch(server, "pop3s", delete=True), lines([new, new]))
    server.check("all are deleted", server.texts("alice", "INBOX"), [])
    server.check("the log", [(one.kind, one.bytes) for one in server.log()],
                 [("deleted", one) for one in before])
