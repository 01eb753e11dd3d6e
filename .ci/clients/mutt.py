"""
mutt, with its keys typed for it in a terminal: reads over every port, changes mail and folders, and uses the program
`mail serve` as a person would.
"""

import contextlib
import json
import os
import pathlib
import pty
import subprocess
import threading
import urllib.parse

from observed import PASSWORDS, Difference
from programs import essence, mail_files, make_maildir

CONFIG = """
set imap_user=alice imap_pass={password} pop_user=alice pop_pass={password}
set imap_authenticators="{imap_login}" pop_authenticators="{pop3_login}"
set folder="{url}" spoolfile="{url}INBOX" mbox_type=Maildir
set ssl_starttls={upgrade} ssl_force_tls=no ssl_ca_certificates_file="{ca}" certificate_file="{folder}/trusted"
set quit=yes delete=yes move=no mark_old=no confirmappend=no confirmcreate=no resolve=no wait_key=no beep=no
set sleep_time=0 header_cache="" record="" sort=mailbox-order pop_checkinterval=3600 pop_last=no crypt_use_gpgme=no
"""

NEW = b"From: mutt@example.org\r\nSubject: kept here\r\n\r\n.\r\nIt goes to the server.\r\n"


class Client:
    """`login` is the way to log in, as mutt names it."""

    def __init__(self, server, scheme, login):
        self.server, self.scheme, self.login, self.copies = server, scheme, login, 0
        protocol, _, upgrade = scheme.partition("+")
        protocol = protocol.replace("pop3", "pop")
        self.url = f"{protocol}://alice@localhost:{server.ports[scheme]}/"
        self.config = server.folder / f"{scheme}-{login}.muttrc"
        self.config.write_text(CONFIG.format(
            password=PASSWORDS["alice"], url=self.url, upgrade="yes" if upgrade else "no", ca=server.ca,
            folder=server.folder, imap_login=login, pop3_login=login))

    def type(self, *keys, folder="INBOX", read_only=False):
        """Opens a folder, goes to its first message, types the keys, and quits."""
        # In a maildrop mutt drops what is typed at the first prompt: that is for the number of a message.
        where = self.url + folder if self.url.startswith("imap") else self.url
        keys = "".join(keys).replace("\\", "\\\\").replace('"', '\\"')
        command = ["mutt", "-n", "-F", str(self.config), "-f", where, "-e", f'push "1<enter>{keys}<quit>"']
        run_in_terminal([*command, "-R"] if read_only else command, {"HOME": str(self.server.folder)})

    def copy_all(self, folder):
        """The messages of a folder, which mutt copies to this side."""
        self.copies += 1
        mail = make_maildir(self.server.folder / f"{self.scheme}-{self.login}-{self.copies}")
        self.type(marked("~A", f"<copy-message>{mail}<enter>"), folder=folder, read_only=True)
        return sorted(essence(file.read_bytes()) for file in mail_files(mail))


def run_in_terminal(command, environment):
    """Runs a program that needs a terminal to its end; what it shows is in the error if that does not come."""
    near, far = pty.openpty()
    shown = []

    def read():
        try:
            while data := os.read(near, 1 << 16):
                shown.append(data)
        except OSError:
            # So a terminal on Linux ends.
            pass

    size = {"TERM": "xterm", "COLUMNS": "120", "LINES": "40", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(command, stdin=far, stdout=far, stderr=far, start_new_session=True,
                               env=os.environ | size | environment)
    os.close(far)
    reader = threading.Thread(target=read)
    reader.start()
    try:
        code = process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        code = f"nothing, it waits ({process.wait()})"
    reader.join()
    os.close(near)
    if code != 0:
        raise Difference(f"{' '.join(command)} ends with {code}: {b''.join(shown)[-600:]!r}")


def marked(pattern, *keys):
    """The keys that do something to each message of a pattern."""
    return "".join(["<tag-pattern>", pattern, "<enter>", *(f"<tag-prefix>{key}" for key in keys),
                    "<untag-pattern>.<enter>"])


def reading(client):
    server, what = client.server, f"{client.scheme}, {client.login}"
    server.log()
    expected = sorted(map(essence, server.texts("alice", "INBOX")))
    server.check(f"{what}: all messages", client.copy_all("INBOX"), expected)
    server.check(f"{what}: reading changes nothing", server.told(), [])


def writing(client):
    server = client.server
    flagged = {"\\Seen", "\\Flagged"}
    notes, expenses = (next(one for one in server.messages("alice", "INBOX") if text in one.bytes)
                       for text in (b"Message-ID: <notes-1@", b"Subject: Expenses"))
    before = server.texts("alice", "INBOX")
    server.log()
    client.type(marked("~s^Expenses", f"<save-message>{client.url}Mutt<enter>"), "<sync-mailbox>",
                marked("~sNotes", "<set-flag>!", f"<copy-message>{client.url}Archive<enter>"), "<sync-mailbox>")
    server.check("the folder that a message is saved to", server.texts("alice", "Mutt"), [expenses.bytes])
    server.check("a message that was saved elsewhere", server.texts("alice", "INBOX"),
                 [text for text in before if text != expenses.bytes])
    server.check("a flag", server.flags("alice", "INBOX")[notes.uid], flagged)
    copy = server.messages("alice", "Archive")[-1]
    server.check("a copy", (copy.flags, copy.bytes), (flagged, notes.bytes))
    server.check("the log", [(kind, folder, uid) for kind, folder, uid, _ in server.told() if kind != "flagged"],
                 [("created", "Mutt", 0), ("stored", "Mutt", 1), ("deleted", "INBOX", expenses.uid),
                  ("stored", "Archive", copy.uid)])

    here = make_maildir(server.folder / "here")
    (here / "new" / "1.client.localhost").write_bytes(NEW.replace(b"\r\n", b"\n"))
    client.type(f"<change-folder>{here}<enter>", marked("~A", f"<copy-message>{client.url}Mutt<enter>"))
    server.check("APPEND", [essence(one.bytes) for one in server.log()], [essence(NEW)])

    client.type("<delete-pattern>.<enter><sync-mailbox>", folder="Mutt")
    server.check("EXPUNGE", server.texts("alice", "Mutt"), [])
    server.check("EXPUNGE in the log", [(one.kind, one.folder) for one in server.log() if one.kind != "flagged"],
                 [("deleted", "Mutt")] * 2)


def pop3_deletion(client):
    server = client.server
    before = server.messages("alice", "INBOX")
    server.log()
    client.type("<delete-pattern>~sWelcome<enter><sync-mailbox>")
    gone = next(one for one in before if b"Subject: Welcome" in one.bytes)
    server.check("DELE", server.told(), [("deleted", "INBOX", gone.uid, frozenset())])


class Served:
    """The ports and the root certificate of `mail serve`."""

    def __init__(self, folder, told):
        self.folder, self.ca = folder, folder / "ca.pem"
        self.ports = {scheme: urllib.parse.urlsplit(url).port for scheme, url in told["urls"].items()}


@contextlib.contextmanager
def mail_serve(server):
    folder = server.folder / "served"
    folder.mkdir()
    command = [pathlib.Path(server.programs, "mail"), "serve", "--imap", "0", "--pop3", "0", "--json", "--write-ca",
               folder / "ca.pem"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield Served(folder, json.loads(process.stdout.readline()))
        finally:
            process.terminate()


def serving(server):
    """`mail serve` has the mail of the server that is looked into; what mutt keeps there the next mutt finds."""
    expected = sorted(map(essence, server.texts("alice", "INBOX")))
    with mail_serve(server) as served:
        imap, pop3 = Client(served, "imaps", "login"), Client(served, "pop3s", "user")
        for client in (imap, pop3):
            server.check(f"mail serve, {client.scheme}: all messages", client.copy_all("INBOX"), expected)
        imap.type(marked("~sWelcome", f"<save-message>{imap.url}Kept<enter>"), "<sync-mailbox>")
        left = pop3.copy_all("INBOX")
        server.check("mail serve: the messages that are left", len(left), len(expected) - 1)
        server.check("mail serve: the message that was moved", sorted(left + imap.copy_all("Kept")), expected)


def run(server):
    serving(server)
    for scheme, login in (("imap", "plain"), ("imap", "login"), ("imap", "cram-md5"), ("imaps", "login"),
                          ("imap+starttls", "plain"), ("pop3", "user"), ("pop3", "apop"), ("pop3", "cram-md5"),
                          ("pop3s", "user"), ("pop3+stls", "user")):
        reading(Client(server, scheme, login))
    writing(Client(server, "imap", "login"))
    pop3_deletion(Client(server, "pop3", "user"))
