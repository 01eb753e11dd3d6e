"""What mbsync and offlineimap do alike: all folders of alice in both directions into Maildir, again and again."""

from observed import PASSWORDS
from programs import mail_files, run_program

NEW = b"From: client@example.org\nSubject: stored here\n\nIt goes to the server.\n"


class Client:
    """A program that synchronizes. A subclass says how it is called, and in which form it keeps messages and names."""

    CONFIG, COMMAND, PROTECTION = "", (), {}
    # Whether it writes nothing to standard error when all is well.
    SILENT = True

    def __init__(self, server):
        self.server = server
        self.mail = server.folder / "mail"
        self.config = server.folder / "config"
        self.use("imap")

    def use(self, scheme):
        self.config.write_text(self.CONFIG.format(
            port=self.server.ports[scheme], password=PASSWORDS["alice"], folder=self.server.folder, mail=self.mail,
            protection=self.PROTECTION[scheme].format(ca=self.server.ca)))

    def sync(self):
        run_program(*(str(self.config) if word == "CONFIG" else word for word in self.COMMAND), silent=self.SILENT)

    def text(self, data):
        """A message of either side in a form in which both are equal."""
        raise NotImplementedError

    def name(self, folder):
        """The name of the Maildir folder for a folder of the server."""
        raise NotImplementedError

    def kept(self, data):
        """Whether the program copies a message."""
        return True

    def files(self, folder):
        return mail_files(self.mail / folder)

    def file(self, folder, text):
        """The file of the message that has a text."""
        return next(file for file in self.files(folder) if text in file.read_bytes())

    def tree(self):
        """Every file of the mail with its content."""
        return {str(path): path.read_bytes() for path in self.mail.rglob("*") if path.is_file()}

    def is_same(self, what):
        for folder in self.server.folders("alice"):
            found = sorted(self.text(file.read_bytes()) for file in self.files(self.name(folder)))
            expected = sorted(self.text(text) for text in self.server.texts("alice", folder) if self.kept(text))
            self.server.check(f"{what}: messages of {folder}", found, expected)


def two_runs(client):
    """The first run copies everything, the second one nothing."""
    server = client.server
    client.sync()
    client.is_same("the first run")
    server.log()
    tree = client.tree()
    client.sync()
    server.check("the second run changes nothing on the server", server.told(), [])
    server.check("the second run changes nothing here", client.tree(), tree)


def changes(client):
    """Here a message, a flag and a deletion, there a delivery; then a run over TLS that has nothing to do."""
    server = client.server
    (client.mail / "Sent" / "new" / "1.client.localhost").write_bytes(NEW)
    plain = client.file("INBOX", b"Message-ID: <notes-1@")
    plain.rename(plain.with_name(plain.name.partition(":2,")[0] + ":2,FS"))
    gone = client.file("INBOX", b"Subject: Sent in a hurry")
    text = client.text(gone.read_bytes())
    gone.unlink()
    server.deliver("alice", "INBOX", b"Subject: delivered\r\n\r\nbetween two runs\r\n")
    server.log()
    client.sync()
    client.is_same("after changes")
    server.check("the new message", [client.text(one) for one in server.texts("alice", "Sent")], [client.text(NEW)])
    flags = {one.flags for one in server.messages("alice", "INBOX") if b"Message-ID: <notes-1@" in one.bytes}
    server.check("the flag", flags, {frozenset({"\\Seen", "\\Flagged"})})
    deleted = [client.text(one.bytes) for one in server.log() if one.kind == "deleted"]
    server.check("the deletion", deleted, [text])
    client.use("imaps")
    client.sync()
    server.check("the last run changes nothing on the server", server.told(), [])
