"""getmail6 over POP3S, POP3, IMAPS and IMAP: keeps, fetches only what is new, then deletes."""

import os
import shutil

from observed import NEWS, PASSWORDS
from programs import essence, mail_files, make_maildir, run_program

CONFIG = """
[retriever]
type = {kind}
server = localhost
port = {port}
username = alice
password = {password}
{trust}
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

# getmail waits for ever for a child that ends before it begins to wait: here that is told, as it should be.
PATIENT = """
import runpy, sys, time
from getmailcore import baseclasses

class Condition:
    told = False
    def acquire(self): pass
    def release(self): pass
    def notify_all(self): self.told = True
    def wait(self, seconds):
        end = time.monotonic() + seconds
        while not self.told and time.monotonic() < end: time.sleep(0.002)
        return self.told

baseclasses.Condition = Condition
sys.argv[0] = "/usr/bin/getmail"
runpy.run_path(sys.argv[0], run_name="__main__")
"""

KINDS = {"pop3": "SimplePOP3Retriever", "pop3s": "SimplePOP3SSLRetriever", "imap": "SimpleIMAPRetriever",
         "imaps": "SimpleIMAPSSLRetriever"}


def fetch(server, scheme, delete=False):
    """Runs getmail and returns the messages that it stored in this run, sorted."""
    folder = server.folder / scheme
    mail = make_maildir(folder / "mail")
    user = ""
    # As root, getmail only delivers as another user.
    if os.getuid() == 0:
        user = "user = nobody"
        for path in (mail, *mail.iterdir()):
            shutil.chown(path, "nobody")
    before = mail_files(mail)
    (folder / "getmailrc").write_text(CONFIG.format(
        kind=KINDS[scheme], port=server.ports[scheme], password=PASSWORDS["alice"], folder=folder, user=user,
        delete=str(delete).lower(), trust=f"ca_certs = {server.ca}" if scheme.endswith("s") else ""))
    run_program("/usr/bin/python3", "-c", PATIENT, f"--getmaildir={folder}", "--rcfile=getmailrc", silent=True)
    return sorted(essence(file.read_bytes()) for file in mail_files(mail) if file not in before)


def lines(texts):
    return sorted(map(essence, texts))


def run(server):
    for scheme in KINDS:
        server.check(f"{scheme}: all messages", fetch(server, scheme), lines(server.texts("alice", "INBOX")))
        server.check(f"{scheme}: the second run", fetch(server, scheme), [])
        server.deliver("alice", "INBOX", NEWS)
        server.check(f"{scheme}: one that is new", fetch(server, scheme), lines([NEWS]))
    before = server.texts("alice", "INBOX")
    server.log()
    # Those that came since the run over POP3S.
    server.check("the last run", fetch(server, "pop3s", delete=True), lines([NEWS, NEWS]))
    server.check("all are deleted", server.texts("alice", "INBOX"), [])
    server.check("the log", [(one.kind, one.bytes) for one in server.log()],
                 [("deleted", one) for one in before])
