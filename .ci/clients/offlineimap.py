"""offlineimap3: all folders in both directions into Maildir, twice; then changes on either side."""

import subprocess

from observed import PASSWORDS, Difference, essence, wire_name

CONFIG = """
[general]
accounts = all
metadata = {folder}/state
ui = quiet
socktimeout = 60
[Account all]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {folder}/mail
[Repository far]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = alice
remotepass = {password}
{protection}
"""

NEW = b"From: offlineimap@example.org\nSubject: stored here\n\nIt goes to the server.\n"


class Client:
    def __init__(self, server):
        self.server = server
        self.mail = server.folder / "mail"
        self.config = server.folder / "offlineimaprc"
        self.use("imap", "ssl = no\nstarttls = no")

    def use(self, scheme, protection):
        self.config.write_text(CONFIG.format(port=self.server.ports[scheme], password=PASSWORDS["alice"],
                                             protection=protection, folder=self.server.folder))

    def sync(self):
        done = subprocess.run(["offlineimap", "-c", self.config, "-o", "-u", "quiet"], capture_output=True, timeout=200)
        if done.returncode != 0 or done.stderr:
            raise Difference(f"offlineimap ends with {done.returncode}: {(done.stdout + done.stderr).decode()}")

    def files(self, folder):
        path = self.mail / folder
        return sorted(file for part in ("cur", "new") for file in (path / part).iterdir())

    def texts(self, folder):
        return sorted(essence(file.read_bytes()) for file in self.files(folder))


def local_name(folder):
    """The levels of a folder are joined by dots, in modified UTF-7."""
    return wire_name(folder).replace("/", ".")


def same(client, what):
    server = client.server
    for folder in server.folders("alice"):
        expected = sorted(map(essence, server.texts("alice", folder)))
        server.check(f"{what}: messages of {folder}", client.texts(local_name(folder)), expected)


def run(server):
    client = Client(server)
    client.sync()
    same(client, "the first run")
    server.log()
    files = client.files("INBOX")
    client.sync()
    server.check("the second run changes nothing on the server", server.told(), [])
    server.check("the second run changes nothing here", client.files("INBOX"), files)

    # Here: a new message, a flag, a deletion. There: a delivery.
    (client.mail / "Sent" / "new" / "1.client.localhost").write_bytes(NEW)
    plain = next(file for file in client.files("INBOX") if b"Message-ID: <notes-1@" in file.read_bytes())
    plain.rename(plain.with_name(plain.name.partition(":2,")[0] + ":2,FS"))
    gone = next(file for file in client.files("INBOX") if b"Subject: Sent in a hurry" in file.read_bytes())
    gone.unlink()
    server.deliver("alice", "INBOX", b"Subject: delivered\r\n\r\nbetween two runs\r\n")
    server.log()
    client.sync()
    same(client, "after changes")
    server.check("the new message", [essence(text) for text in server.texts("alice", "Sent")], [essence(NEW)])
    flags = {one.flags for one in server.messages("alice", "INBOX") if b"Message-ID: <notes-1@" in one.bytes}
    server.check("the flag", flags, {frozenset({"\\Seen", "\\Flagged"})})
    deleted = [b"Subject: Sent in a hurry" in one.bytes for one in server.log() if one.kind == "deleted"]
    server.check("the deletion", deleted, [True])
    client.use("imaps", f"ssl = yes\nsslcacertfile = {server.ca}")
    client.sync()
    server.check("the last run changes nothing on the server", server.told(), [])
