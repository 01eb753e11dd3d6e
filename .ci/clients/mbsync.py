"""mbsync of isync: all folders in both directions into Maildir, twice; then changes on either side."""

import pathlib
import subprocess

from observed import PASSWORDS, Difference, wire_name

CONFIG = """
IMAPAccount server
Host localhost
Port {port}
User alice
Pass {password}
{protection}

IMAPStore far
Account server

MaildirStore near
Path {mail}/
Inbox {mail}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
CopyArrivalDate yes
SyncState *
"""

NEW = b"From: mbsync@example.org\nSubject: stored here\n\nIt goes to the server.\n"


class Client:
    def __init__(self, server):
        self.server = server
        self.mail = server.folder / "mail"
        self.mail.mkdir()
        self.config = server.folder / "mbsyncrc"
        self.use("imap", "SSLType None\nAuthMechs LOGIN")

    def use(self, scheme, protection):
        self.config.write_text(CONFIG.format(port=self.server.ports[scheme], password=PASSWORDS["alice"],
                                             protection=protection, mail=self.mail))

    def sync(self):
        done = subprocess.run(["mbsync", "-q", "-c", self.config, "all"], capture_output=True, timeout=200)
        if done.returncode != 0:
            raise Difference(f"mbsync ends with {done.returncode}: {done.stderr.decode()}")

    def files(self, folder):
        path = self.mail / folder
        return sorted(file for part in ("cur", "new") for file in (path / part).iterdir())

    def texts(self, folder):
        return sorted(without_id(file.read_bytes()) for file in self.files(folder))

    def tree(self):
        """Every file with its content."""
        return {str(path): path.read_bytes() for path in self.mail.rglob("*") if path.is_file()}


def without_id(octets):
    """mbsync writes LF, and its own X-TUID field into messages that it stores on the other side."""
    lines = octets.replace(b"\r\n", b"\n").split(b"\n")
    return b"\n".join(line for line in lines if not line.startswith(b"X-TUID: "))


def same(client, what):
    server = client.server
    for folder in server.folders("alice"):
        # mbsync leaves out a message whose header has no end.
        expected = sorted(without_id(text) for text in server.texts("alice", folder) if b"\r\n\r\n" in text)
        server.check(f"{what}: messages of {folder}", client.texts(wire_name(folder)), expected)


def flags_of(path):
    letters = {"S": "\\Seen", "F": "\\Flagged", "R": "\\Answered", "D": "\\Draft", "T": "\\Deleted"}
    return {letters[letter] for letter in path.name.partition(":2,")[2] if letter in letters}


def run(server):
    client = Client(server)
    client.sync()
    same(client, "the first run")
    found = sorted(sorted(flags_of(file)) for file in client.files("INBOX"))
    system = {"\\Seen", "\\Flagged", "\\Answered", "\\Draft"}
    expected = sorted(sorted(one.flags & system) for one in server.messages("alice", "INBOX")
                      if b"\r\n\r\n" in one.bytes)
    server.check("flags after the first run", found, expected)
    server.log()
    tree = client.tree()
    client.sync()
    server.check("the second run changes nothing on the server", server.told(), [])
    server.check("the second run changes nothing here", client.tree(), tree)

    # Here: a new message, a flag, a deletion, a new folder. There: a delivery.
    (client.mail / "Sent" / "new" / "1.client.localhost").write_bytes(NEW)
    plain = next(file for file in client.files("INBOX") if b"Message-ID: <notes-1@" in file.read_bytes())
    plain.rename(plain.with_name(plain.name.partition(":2,")[0] + ":2,FS"))
    gone = next(file for file in client.files("INBOX") if b"Subject: Sent in a hurry" in file.read_bytes())
    text = without_id(gone.read_bytes())
    gone.unlink()
    for part in ("cur", "new", "tmp"):
        pathlib.Path(client.mail, "Made", part).mkdir(parents=True)
    server.deliver("alice", "INBOX", b"Subject: delivered\r\n\r\nbetween two runs\r\n")
    server.log()
    client.sync()
    same(client, "after changes")
    server.check("the new folder", "Made" in server.folders("alice"), True)
    server.check("the new message", [without_id(one) for one in server.texts("alice", "Sent")], [NEW])
    flags = {one.flags for one in server.messages("alice", "INBOX") if b"Message-ID: <notes-1@" in one.bytes}
    server.check("the flag", flags, {frozenset({"\\Seen", "\\Flagged"})})
    deleted = [without_id(one.bytes) for one in server.log() if one.kind == "deleted"]
    server.check("the deletion", deleted, [text])
    client.use("imaps", f"SSLType IMAPS\nCertificateFile {server.ca}")
    client.sync()
    server.check("the last run changes nothing on the server", server.told(), [])
