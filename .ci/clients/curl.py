"""curl over IMAP, IMAPS, IMAP with STARTTLS, POP3, POP3S and POP3 with STLS."""

from observed import PASSWORDS, TOKENS, ended, wire_name
from programs import run_program

NEW = b"From: curl@example.org\r\nSubject: uploaded\r\n\r\n.by curl\r\n"


class Client:
    def __init__(self, server, scheme):
        self.server = server
        self.scheme, _, upgrade = scheme.partition("+")
        self.port = server.ports[scheme]
        self.upgrade = ["--ssl-reqd"] if upgrade else []

    def run(self, path, *options, expect=0):
        url = f"{self.scheme}://localhost:{self.port}/{path}"
        return run_program("curl", "-q", "-sS", "--max-time", "90", "--cacert", self.server.ca, *self.upgrade, "--user",
                           f"alice:{PASSWORDS['alice']}", url, *options, ends=(expect,))


def imap(server, scheme):
    client = Client(server, scheme)
    stored = server.messages("alice", "INBOX")
    listed = [line.split(b' "/" ')[1].strip(b'"').decode() for line in client.run("").split(b"\r\n")[:-1]]
    server.check(f"{scheme}: LIST", sorted(listed), sorted(map(wire_name, server.folders("alice"))))
    for message in stored:
        found = client.run(f"INBOX;UID={message.uid}")
        server.check(f"{scheme}: UID {message.uid}", found, message.bytes)
    found = client.run("INBOX;MAILINDEX=2")
    server.check(f"{scheme}: the second message", found, stored[1].bytes)
    found = client.run(f"INBOX;UID={stored[0].uid};SECTION=TEXT")
    server.check(f"{scheme}: TEXT", found, stored[0].bytes.split(b"\r\n\r\n", 1)[1])
    found = client.run("INBOX?FLAGGED").split()[2:]
    expected = [b"%d" % (n + 1) for n, one in enumerate(stored) if "\\Flagged" in one.flags]
    server.check(f"{scheme}: SEARCH FLAGGED", found, expected)
    found = client.run("INBOX?SUBJECT%20Expenses").split()[2:]
    server.check(f"{scheme}: SEARCH SUBJECT", found, [b"3"])
    found = client.run("", "--request", "STATUS INBOX (MESSAGES)")
    server.check(f"{scheme}: STATUS", found.rstrip(), b"* STATUS INBOX (MESSAGES %d)" % len(stored))
    client.run("INBOX;UID=9999", expect=78)


def imap_changes(server, scheme):
    client = Client(server, scheme)
    server.log()
    client.run("", "--request", "CREATE Curl")
    file = server.folder / "new"
    file.write_bytes(NEW)
    client.run("Curl", "--upload-file", file)
    ((uid, flags, data),) = server.messages("alice", "Curl")
    server.check(f"{scheme}: APPEND", (flags - {"\\Seen"}, data), (frozenset(), NEW))
    client.run("Curl", "--request", "UID STORE 1 FLAGS (\\Flagged)")
    client.run("Curl", "--request", "COPY 1 Archive")
    client.run("Curl", "--request", "MOVE 1 Trash")
    client.run("", "--request", "DELETE Curl")
    for folder in ("Archive", "Trash"):
        last = server.messages("alice", folder)[-1]
        server.check(f"{scheme}: the copy in {folder}", (last.flags, last.bytes), ({"\\Flagged"}, NEW))
        client.run(folder, "--request", "STORE 1:* +FLAGS (\\Deleted)")
        client.run(folder, "--request", "EXPUNGE")
        server.check(f"{scheme}: EXPUNGE", server.texts("alice", folder), [])
    found = [(kind, folder) for kind, folder, _, _ in server.told() if kind != "flagged"]
    server.check(f"{scheme}: the log", found,
                 [("created", "Curl"), ("stored", "Curl"), ("stored", "Archive"), ("deleted", "Curl"),
                  ("stored", "Trash"), ("removed", "Curl"), ("deleted", "Archive"), ("deleted", "Trash")])


def imap_rest(server):
    """Commands that curl only sends because it is told to; of some answers it shows only the trace."""
    client = Client(server, "imap")
    stored = server.messages("alice", "INBOX")

    def ask(folder, command):
        return client.run(folder, "--request", command).decode().strip()

    def trace(command):
        shown = client.run("", "--verbose", "--stderr", "-", "--request", command).decode()
        return [line[2:].replace('"', "").rstrip() for line in shown.splitlines() if line.startswith("< * ")]

    by_size = [n for n, _ in sorted(enumerate(stored), key=lambda pair: len(pair[1].bytes))]
    numbers = " ".join(str(n + 1) for n in by_size)
    uids = " ".join(str(stored[n].uid) for n in by_size)
    server.check("SORT", ask("INBOX", "SORT (SIZE) UTF-8 ALL"), f"* SORT {numbers}")
    server.check("UID SORT", ask("INBOX", "UID SORT (SIZE) UTF-8 ALL"), f"* SORT {uids}")
    server.check("THREAD", ask("INBOX", "THREAD REFERENCES UTF-8 SUBJECT Expenses"), "* THREAD (3)")
    server.check("UID THREAD", ask("INBOX", "UID THREAD REFERENCES UTF-8 SUBJECT Expenses"),
                 f"* THREAD ({stored[2].uid})")
    server.check("UID SEARCH", ask("INBOX", "UID SEARCH SUBJECT Expenses"), f"* SEARCH {stored[2].uid}")
    ask("INBOX", "NOOP")
    server.log()
    ask("", "SETACL Archive bob lr")
    server.check("GETACL", any("bob lr" in line for line in trace("GETACL Archive")), True)
    ask("", "DELETEACL Archive bob")
    server.check("GETACL after DELETEACL", any("bob" in line for line in trace("GETACL Archive")), False)
    server.check("LISTRIGHTS", ask("", "LISTRIGHTS Archive bob").startswith("* LISTRIGHTS Archive bob"), True)
    server.check("MYRIGHTS", ask("", "MYRIGHTS Archive").startswith("* MYRIGHTS Archive lr"), True)
    ask("", 'SETQUOTA "" (STORAGE 400000)')
    server.check("GETQUOTA", any(line.endswith(" 400000)") for line in trace('GETQUOTA ""')), True)
    server.check("GETQUOTAROOT", "400000" in ask("", "GETQUOTAROOT INBOX"), True)
    server.check("the log", server.told(), [])


def pop3(server, scheme):
    client = Client(server, scheme)
    texts = server.texts("alice", "INBOX")
    expected = b"".join(b"%d %d\r\n" % (n + 1, len(ended(text))) for n, text in enumerate(texts))
    server.check(f"{scheme}: LIST", client.run(""), expected)
    for n, text in enumerate(texts):
        server.check(f"{scheme}: RETR {n + 1}", client.run(f"{n + 1}"), ended(text))
    ids = client.run("", "--request", "UIDL").split(b"\r\n")[:-1]
    server.check(f"{scheme}: UIDL", len(set(ids)), len(texts))
    found = client.run("", "--request", "TOP 1 0")
    server.check(f"{scheme}: TOP", found, texts[0].split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n")
    for command in ("NOOP", "RSET", "STAT"):
        client.run("", "--request", command, "--head")
    found = client.run("", "--request", "LANG")
    server.check(f"{scheme}: LANG", found.startswith(b"en "), True)
    # After STLS curl does not answer the timestamp of the greeting.
    for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5", *(["+APOP"] if not client.upgrade else [])):
        found = client.run("1", "--login-options", f"AUTH={mechanism}")
        server.check(f"{scheme}: RETR after {mechanism}", found, ended(texts[0]))


def pop3_changes(server, scheme):
    client = Client(server, scheme)
    before = server.texts("alice", "INBOX")
    server.log()
    client.run("2", "--request", "DELE", "--head")
    server.check(f"{scheme}: DELE", server.texts("alice", "INBOX"), before[:1] + before[2:])
    server.check(f"{scheme}: the log", [(one.kind, one.bytes) for one in server.log()], [("deleted", before[1])])


def run(server):
    for scheme in ("imap", "imaps", "imap+starttls"):
        imap(server, scheme)
    for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
        client = Client(server, "imap")
        found = client.run("INBOX;MAILINDEX=1", "--login-options", f"AUTH={mechanism}")
        server.check(f"FETCH after {mechanism}", found, server.texts("alice", "INBOX")[0])
    for mechanism in ("XOAUTH2", "OAUTHBEARER"):
        for scheme, path in (("imaps", "INBOX;MAILINDEX=1"), ("pop3s", "1")):
            token = ["--oauth2-bearer", TOKENS["alice"], "--login-options", f"AUTH={mechanism}"]
            found = Client(server, scheme).run(path, *token)
            server.check(f"{scheme}: a message after {mechanism}", found, server.texts("alice", "INBOX")[0])
    for scheme in ("pop3", "pop3s", "pop3+stls"):
        pop3(server, scheme)
    imap_rest(server)
    imap_changes(server, "imaps")
    imap_changes(server, "imap")
    pop3_changes(server, "pop3s")
    pop3_changes(server, "pop3")
