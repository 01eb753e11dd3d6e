"""Python's imaplib: every command that it has, except those that no current RFC defines."""

import imaplib
import re
import ssl
import zlib

from observed import PASSWORDS, TOKENS, wire_name

DRAFT = b"From: alice@example.com\r\nTo: bob@example.com\r\nSubject: a draft\r\n\r\nOne line\r\n.\r\nthe last"

# Of RFC 1730, RFC 2195's drafts and vendors: gone from the RFCs that the server implements.
OBSOLETE = {"GETANNOTATION", "SETANNOTATION", "PARTIAL", "PROXYAUTH"}


class Client:
    def __init__(self, server, connection):
        self.server, self.imap = server, connection
        self.used = set()

    def run(self, name, *arguments, expect="OK"):
        """Calls a method of imaplib, checks its status, and returns its data."""
        command = arguments[0] if name in ("uid", "xatom") else name
        self.used.update({command.upper(), name.upper()})
        try:
            status, data = getattr(self.imap, name)(*arguments)
        except imaplib.IMAP4.error as error:
            status, data = "BAD" if "BAD" in str(error) else "NO", [str(error)]
        if expect is not None:
            self.server.check(f"{name} {arguments}: the status, with {data!r:.300}", status, expect)
        return data

    def bodies(self, data):
        """UID and body of the answers to UID FETCH."""
        rows = [row for row in data if isinstance(row, tuple)]
        return [(int(re.search(rb"UID (\d+)", head)[1]), body) for head, body in rows]

    def flags(self):
        data = self.run("uid", "FETCH", "1:*", "(FLAGS)")
        found = {}
        for row in filter(None, data):
            uid = int(re.search(rb"UID (\d+)", row)[1])
            found[uid] = frozenset(flag.decode() for flag in imaplib.ParseFlags(row)) - {"\\Recent"}
        return found


def names(data):
    """The names in LIST and LSUB."""
    found = []
    for row in filter(None, data):
        found.append(re.fullmatch(rb'\(.*?\) "/" "?([^"]*)"?', row)[1].decode())
    return sorted(found)


def logins(server, used):
    """Every way to log in and every kind of port."""
    context = ssl.create_default_context(cafile=server.ca)
    password, token = PASSWORDS["alice"], TOKENS["alice"]

    with imaplib.IMAP4_SSL("localhost", server.ports["imaps"], ssl_context=context) as imap:
        server.check("LOGIN over TLS", imap.login("alice", password)[0], "OK")
    with imaplib.IMAP4("localhost", server.ports["imap+starttls"]) as imap:
        try:
            refused = imap.login("alice", password)[0]
        except imaplib.IMAP4.error:
            refused = "refused"
        server.check("LOGIN before STARTTLS", refused, "refused")
        server.check("STARTTLS", imap.starttls(context)[0], "OK")
        server.check("LOGIN after STARTTLS", imap.login("alice", password)[0], "OK")
    mechanisms = {
        "PLAIN": lambda _: f"\0alice\0{password}".encode(),
        "XOAUTH2": lambda _: f"user=alice\x01auth=Bearer {token}\x01\x01".encode(),
        "OAUTHBEARER": lambda _: f"n,a=alice,\x01auth=Bearer {token}\x01\x01".encode(),
    }
    for mechanism, answer in mechanisms.items():
        with imaplib.IMAP4("localhost", server.ports["imap"]) as imap:
            server.check(f"AUTHENTICATE {mechanism}", imap.authenticate(mechanism, answer)[0], "OK")
    with imaplib.IMAP4("localhost", server.ports["imap"]) as imap:
        server.check("AUTHENTICATE CRAM-MD5", imap.login_cram_md5("alice", password)[0], "OK")
    with imaplib.IMAP4("localhost", server.ports["imap"]) as imap:
        try:
            imap.login("alice", "wrong")
            refused = "accepted"
        except imaplib.IMAP4.error:
            refused = "refused"
        server.check("a wrong password", refused, "refused")
    used.update({"LOGIN", "STARTTLS", "AUTHENTICATE", "LOGOUT"})


def folders(client):
    server, run = client.server, client.run
    server.check("LIST", names(run("list")), sorted(map(wire_name, server.folders("alice"))))
    run("namespace")
    run("create", "Client/Deep")
    server.check("CREATE", "Client/Deep" in server.folders("alice"), True)
    run("create", "Client/Deep", expect="NO")
    run("subscribe", "Client/Deep")
    server.check("LSUB", "Client/Deep" in names(run("lsub")), True)
    run("rename", "Client/Deep", "Client/Renamed")
    server.check("RENAME", ("Client/Deep" in server.folders("alice"), "Client/Renamed" in server.folders("alice")),
                 (False, True))
    run("unsubscribe", "Client/Deep")
    server.check("LSUB after UNSUBSCRIBE", "Client/Deep" in names(run("lsub")), False)
    run("delete", "Client/Renamed")
    server.check("DELETE", "Client/Renamed" in server.folders("alice"), False)
    kinds = [(kind, folder) for kind, folder, _, _ in server.told() if folder.startswith("Client/")]
    server.check("the log of the folder", kinds,
                 [("created", "Client/Deep"), ("subscribed", "Client/Deep"), ("renamed", "Client/Deep"),
                  ("unsubscribed", "Client/Deep"), ("removed", "Client/Renamed")])


def reading(client):
    server, run = client.server, client.run
    stored = server.messages("alice", "INBOX")
    server.check("SELECT", run("select", "INBOX", True), [str(len(stored)).encode()])
    status = run("status", "INBOX", "(MESSAGES UIDNEXT UNSEEN)")[0].decode()
    unseen = sum("\\Seen" not in message.flags for message in stored)
    for item, value in (("MESSAGES", len(stored)), ("UIDNEXT", stored[-1].uid + 1), ("UNSEEN", unseen)):
        server.check(f"STATUS {item}", int(re.search(rf"\b{item} (\d+)", status)[1]), value)
    data = run("uid", "FETCH", "1:*", "(BODY.PEEK[])")
    server.check("every message by UID", client.bodies(data), [(one.uid, one.bytes) for one in stored])
    data = run("fetch", "1:*", "(RFC822)")
    server.check("every message by number", [row[1] for row in data if isinstance(row, tuple)],
                 [one.bytes for one in stored])
    server.check("flags", client.flags(), server.flags("alice", "INBOX"))
    server.check("EXAMINE and FETCH change nothing", server.log(), [])

    def uids(rule):
        return [one.uid for one in stored if rule(one)]

    searches = {
        ("UNSEEN",): lambda one: "\\Seen" not in one.flags,
        ("FLAGGED",): lambda one: "\\Flagged" in one.flags,
        ("KEYWORD", "$Forwarded"): lambda one: "$Forwarded" in one.flags,
        ("LARGER", "100000"): lambda one: len(one.bytes) > 100000,
        ("SUBJECT", '"folded by"'): lambda one: b"Subject: A subject that was folded by" in one.bytes,
        ("NOT", "SEEN", "SMALLER", "1000"): lambda one: "\\Seen" not in one.flags and len(one.bytes) < 1000,
        ("HEADER", "Message-ID", "notes-1@example.org"): lambda one: b"Message-ID: <notes-1@" in one.bytes,
    }
    for keys, rule in searches.items():
        expected = uids(rule)
        server.check(f"SEARCH {keys} finds something", bool(expected), True)
        server.check(f"UID SEARCH {keys}", [int(uid) for uid in run("uid", "SEARCH", *keys)[0].split()], expected)
    server.check("SEARCH ALL", [int(n) for n in run("search", None, "ALL")[0].split()],
                 list(range(1, len(stored) + 1)))
    by_size = [n + 1 for n, _ in sorted(enumerate(stored), key=lambda pair: len(pair[1].bytes))]
    server.check("SORT (SIZE)", [int(n) for n in run("sort", "(SIZE)", "UTF-8", "ALL")[0].split()], by_size)
    data = run("thread", "ORDEREDSUBJECT", "UTF-8", "ALL")
    server.check("THREAD names each message once", sorted(int(n) for n in re.findall(rb"\d+", data[0])),
                 list(range(1, len(stored) + 1)))
    run("store", "1", "+FLAGS", "(\\Deleted)", expect="NO")
    server.check("STORE in a folder that is read only", server.log(), [])
    run("unselect")


def writing(client):
    server, run = client.server, client.run
    run("create", "Work")
    server.log()
    run("append", "Work", "(\\Draft $Forwarded)", '" 7-Mar-2026 09:00:00 +0000"', DRAFT)
    run("append", "Work", None, None, b"Subject: second\r\n\r\n2\r\n")
    server.check("APPEND", [(one.kind, one.flags, one.bytes) for one in server.log()],
                 [("stored", frozenset({"\\Draft", "$Forwarded"}), DRAFT),
                  ("stored", frozenset(), b"Subject: second\r\n\r\n2\r\n")])
    server.check("SELECT of a new folder", run("select", "Work"), [b"2"])
    run("recent")
    run("noop")
    run("check")
    first, second = (one.uid for one in server.messages("alice", "Work"))
    run("store", "1", "+FLAGS", "(\\Flagged own)")
    run("uid", "STORE", str(second), "FLAGS.SILENT", "(\\Answered)")
    server.check("STORE", server.flags("alice", "Work"),
                 {first: {"\\Draft", "$Forwarded", "\\Flagged", "own"}, second: {"\\Answered"}})
    server.check("flags after STORE", client.flags(), server.flags("alice", "Work"))
    server.log()
    run("copy", "1:2", "Archive")
    server.check("COPY", server.texts("alice", "Archive")[-2:], server.texts("alice", "Work"))
    run("uid", "COPY", str(second), "Archive")
    server.check("COPY in the log", [(kind, folder) for kind, folder, _, _ in server.told()],
                 [("stored", "Archive")] * 3)
    run("uid", "MOVE", str(second), "Trash")
    server.check("MOVE", ([one.uid for one in server.messages("alice", "Work")], server.texts("alice", "Trash")[-1:]),
                 ([first], [b"Subject: second\r\n\r\n2\r\n"]))
    server.check("MOVE tells of the message that left", client.imap.response("EXPUNGE"), ("EXPUNGE", [b"2"]))
    server.check("MOVE in the log", sorted((kind, folder) for kind, folder, _, _ in server.told()),
                 [("deleted", "Work"), ("stored", "Trash")])


def numbers(client):
    """The rest of the commands for messages, by UID and by number, in the folder that `writing` left open."""
    server, run = client.server, client.run
    (first,) = (one.uid for one in server.messages("alice", "Work"))
    run("append", "Work", None, None, b"Subject: third\r\n\r\n3\r\n")
    run("noop")
    third = server.messages("alice", "Work")[-1].uid
    server.check("UID SORT", run("uid", "SORT", "(ARRIVAL)", "UTF-8", "ALL")[0], b"%d %d" % (third, first))
    data = run("uid", "THREAD", "REFERENCES", "UTF-8", "SUBJECT", "third")
    server.check("UID THREAD", data, [b"(%d)" % third])
    replacing(client)
    run("append", "Work", None, None, b"Subject: fourth\r\n\r\n4\r\n")
    run("noop")
    client.imap.response("EXPUNGE")
    run("xatom", "MOVE", "3", "Trash")
    server.check("MOVE by number", server.texts("alice", "Trash")[-1], b"Subject: fourth\r\n\r\n4\r\n")
    client.imap.response("EXPUNGE")
    run("store", "2", "+FLAGS.SILENT", "(\\Deleted)")
    server.check("EXPUNGE names its number", run("expunge"), [b"2"])
    server.check("EXPUNGE", server.texts("alice", "Work"), [DRAFT])
    run("store", "1", "+FLAGS", "(\\Deleted)")
    run("close")
    server.check("CLOSE", server.texts("alice", "Work"), [])
    run("delete", "Work")
    server.log()


def replacing(client):
    """imaplib has no method for REPLACE: its own function for commands, with a literal."""
    server = client.server
    for name in ("REPLACE", "UID REPLACE"):
        message = server.messages("alice", "Work")[-1]
        text = b"Subject: " + name.encode() + b"\r\n\r\n3\r\n"
        imaplib.Commands[name] = ("SELECTED",)
        client.imap.literal = text
        client.used.add(name)
        tag = client.imap._command(name, "2" if name == "REPLACE" else str(message.uid), "Work")
        server.check(name, client.imap._command_complete(name, tag)[0], "OK")
        server.check(f"the folder after {name}", server.texts("alice", "Work"), [DRAFT, text])


def idle(client):
    """imaplib before Python 3.14 has no IDLE: its own lines, over its own connection."""
    server, imap = client.server, client.imap
    client.run("select", "INBOX")
    count = len(server.messages("alice", "INBOX"))
    tag = imap._new_tag()
    imap.send(tag + b" IDLE\r\n")
    server.check("IDLE begins", imap.readline()[:1], b"+")
    uid = server.deliver("alice", "INBOX", b"Subject: news\r\n\r\nIDLE tells of it\r\n")
    line = imap.readline()
    while b"EXISTS" not in line:
        server.check("an untagged answer in IDLE", line[:2], b"* ")
        line = imap.readline()
    server.check("IDLE tells of a message", line, b"* %d EXISTS\r\n" % (count + 1))
    imap.send(b"DONE\r\n")
    line = imap.readline()
    while not line.startswith(tag):
        server.check("an untagged answer after DONE", line[:2], b"* ")
        line = imap.readline()
    server.check("IDLE ends", line.split()[1], b"OK")
    client.used.add("IDLE")
    data = client.run("uid", "FETCH", str(uid), "(BODY.PEEK[])")
    server.check("the message that IDLE told of", client.bodies(data),
                 [(uid, b"Subject: news\r\n\r\nIDLE tells of it\r\n")])
    client.run("uid", "STORE", str(uid), "+FLAGS", "(\\Deleted)")
    client.run("uid", "EXPUNGE", str(uid))
    server.check("UID EXPUNGE", len(server.messages("alice", "INBOX")), count)
    server.log()


def rights(client):
    server, run = client.server, client.run
    server.check("GETQUOTAROOT names the folder", b"INBOX" in run("getquotaroot", "INBOX")[0][0], True)
    run("setquota", '""', "(STORAGE 500000)")
    server.check("GETQUOTA", b"STORAGE" in run("getquota", '""')[0] and b" 500000" in run("getquota", '""')[0], True)
    run("setacl", "Archive", "bob", "lr")
    server.check("GETACL", b"bob lr" in run("getacl", "Archive")[0].replace(b'"', b""), True)
    run("deleteacl", "Archive", "bob")
    server.check("GETACL after DELETEACL", b"bob" in run("getacl", "Archive")[0], False)
    run("xatom", "LISTRIGHTS", "Archive", "bob")
    server.check("LISTRIGHTS", b"bob" in client.imap.response("LISTRIGHTS")[1][0], True)
    server.check("MYRIGHTS", b"lr" in run("myrights", "Archive")[0], True)
    run("xatom", "ID", "NIL")


class Compressed:
    """imaplib has no COMPRESS: takes the place of its reading and writing."""

    def __init__(self, imap):
        self.sock, self.inflated = imap.sock, bytearray()
        self.deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self.inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        imap.send, imap.read, imap.readline = self.send, self.read, self.readline

    def _receive(self):
        data = self.sock.recv(1 << 16)
        if not data:
            raise ConnectionError("the server has closed the connection")
        self.inflated += self.inflater.decompress(data)

    def send(self, data):
        self.sock.sendall(self.deflater.compress(data) + self.deflater.flush(zlib.Z_SYNC_FLUSH))

    def read(self, size):
        while len(self.inflated) < size:
            self._receive()
        found = bytes(self.inflated[:size])
        del self.inflated[:size]
        return found

    def readline(self):
        while (end := self.inflated.find(b"\n")) < 0:
            self._receive()
        return self.read(end + 1)


def compression(server, used):
    with imaplib.IMAP4("localhost", server.ports["imap"]) as imap:
        imap.login("alice", PASSWORDS["alice"])
        client = Client(server, imap)
        client.run("select", "INBOX", True)
        client.run("xatom", "COMPRESS", "DEFLATE")
        Compressed(imap)
        stored = server.messages("alice", "INBOX")
        data = client.run("uid", "FETCH", "1:*", "(BODY.PEEK[])")
        server.check("every message, compressed", client.bodies(data), [(one.uid, one.bytes) for one in stored])
        client.run("append", "Drafts", None, None, stored[-2].bytes)
        server.check("APPEND, compressed", server.texts("alice", "Drafts")[-1], stored[-2].bytes)
        client.run("xatom", "COMPRESS", "DEFLATE", expect="NO")
        used |= client.used
    server.log()


def run(server):
    used = set()
    logins(server, used)
    compression(server, used)
    imap = imaplib.IMAP4("localhost", server.ports["imap"])
    imap.login("alice", PASSWORDS["alice"])
    client = Client(server, imap)
    server.check("CAPABILITY", "IMAP4REV1" in imap.capabilities, True)
    client.run("capability")
    client.run("enable", "CONDSTORE")
    for part in (folders, reading, writing, numbers, idle, rights):
        part(client)
    imap.logout()
    used |= client.used
    missing = set(imaplib.Commands) - used - OBSOLETE - {"EXAMINE"}
    server.check("commands of imaplib that were not run", missing, set())
