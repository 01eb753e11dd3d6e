"""mbsync of isync: all folders in both directions into Maildir, with flags, and a folder that is made here."""

from observed import wire_name
from programs import make_maildir
from sync import Client, changes, two_runs


class Mbsync(Client):
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
    COMMAND = ("mbsync", "-q", "-c", "CONFIG", "all")
    # It warns of a message that it leaves out.
    SILENT = False
    PROTECTION = {"imap": "SSLType None\nAuthMechs LOGIN", "imaps": "SSLType IMAPS\nCertificateFile {ca}"}

    def text(self, data):
        """mbsync writes LF, and its own X-TUID field into messages that it stores on the other side."""
        lines = data.replace(b"\r\n", b"\n").split(b"\n")
        return b"\n".join(line for line in lines if not line.startswith(b"X-TUID: "))

    def name(self, folder):
        return wire_name(folder)

    def kept(self, data):
        """mbsync leaves out a message whose header has no end."""
        return b"\r\n\r\n" in data


def flags_of(path):
    letters = {"S": "\\Seen", "F": "\\Flagged", "R": "\\Answered", "D": "\\Draft", "T": "\\Deleted"}
    return {letters[letter] for letter in path.name.partition(":2,")[2] if letter in letters}


def run(server):
    client = Mbsync(server)
    client.mail.mkdir()
    two_runs(client)
    system = {"\\Seen", "\\Flagged", "\\Answered", "\\Draft"}
    expected = sorted(sorted(one.flags & system) for one in server.messages("alice", "INBOX") if client.kept(one.bytes))
    server.check("flags", sorted(sorted(flags_of(file)) for file in client.files("INBOX")), expected)
    make_maildir(client.mail / "Made")
    changes(client)
    server.check("the new folder", "Made" in server.folders("alice"), True)
