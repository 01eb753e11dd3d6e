"""imapflow and node-imap, called through `operations.js`."""

import base64
import json
import pathlib
import subprocess

from observed import PASSWORDS, TOKENS, Difference

NEW = b"From: node@example.org\r\nSubject: appended\r\n\r\n.\r\nby a client for Node\r\n"


class Client:
    def __init__(self, server, script, scheme, token=None):
        self.server = server
        secret = {"token": token} if token else {"password": PASSWORDS["alice"]}
        settings = {"port": server.ports[scheme], "secure": scheme == "imaps", "ca": str(server.ca), "user": "alice"}
        settings |= secret
        script = pathlib.Path(__file__).with_name(script)
        self.process = subprocess.Popen(["node", script, json.dumps(settings)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.run("connect")

    def start(self, operation, *values):
        self.process.stdin.write(json.dumps([operation, *values]).encode() + b"\n")
        self.process.stdin.flush()

    def run(self, operation, *values):
        self.start(operation, *values)
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "it ended"}
        if "error" in answer:
            raise Difference(f"{operation} {values}: {answer['error']}")
        return answer["result"]

    def end(self):
        self.run("logout")
        self.process.stdin.close()
        self.process.wait(timeout=60)


def folders(client):
    server, run = client.server, client.run
    server.check("LIST", sorted(run("list")), sorted(server.folders("alice")))
    run("createFolder", "Köln")
    server.check("LIST after CREATE", sorted(run("list")), sorted(server.folders("alice")))
    run("subscribe", "Köln")
    server.check("LSUB", "Köln" in run("subscribed"), True)
    run("unsubscribe", "Köln")
    server.check("LSUB after UNSUBSCRIBE", "Köln" in run("subscribed"), False)
    run("renameFolder", "Köln", "Bonn")
    run("removeFolder", "Bonn")
    found = [(kind, folder) for kind, folder, _, _ in server.told() if folder in ("Köln", "Bonn")]
    expected = [("created", "Köln"), ("subscribed", "Köln"), ("unsubscribed", "Köln"), ("renamed", "Köln"),
                ("removed", "Bonn")]
    server.check("the log of the folder", [one for one in found if one != ("unsubscribed", "Bonn")], expected)


def reading(client):
    server, run = client.server, client.run
    stored = server.messages("alice", "INBOX")
    unseen = [one.uid for one in stored if "\\Seen" not in one.flags]
    server.check("STATUS", run("status", "INBOX"), [len(stored), stored[-1].uid + 1, len(unseen)])
    server.check("EXAMINE", run("open", "INBOX", True), len(stored))
    found = [(uid, set(flags) - {"\\Recent"}, base64.b64decode(text)) for uid, flags, text in run("fetch")]
    server.check("every message", found, [(one.uid, one.flags, one.bytes) for one in stored])
    found = run("subjects")
    server.check("ENVELOPE", [(uid, subject) for uid, subject, _ in found if subject.startswith("Expenses")],
                 [(stored[2].uid, "Expenses for February")])
    server.check("BODYSTRUCTURE", [kind for _, _, kind in found][:4],
                 ["text/plain", "multipart/alternative", "multipart/mixed", "text/plain"])
    for what, rule in (("unseen", lambda one: one.uid in unseen), ("flagged", lambda one: "\\Flagged" in one.flags),
                       ("large", lambda one: len(one.bytes) > 100000),
                       ("subject", lambda one: b"Subject: Expenses" in one.bytes)):
        server.check(f"SEARCH for {what}", sorted(run("search", what)), [one.uid for one in stored if rule(one)])
    server.check("reading changes nothing", server.log(), [])
    run("close")


def writing(client):
    server, run = client.server, client.run
    run("createFolder", "Node")
    server.log()
    for flags in (["\\Draft"], []):
        run("append", "Node", base64.b64encode(NEW).decode(), flags)
    server.check("APPEND", [(one.kind, one.flags, one.bytes) for one in server.log()],
                 [("stored", {"\\Draft"}, NEW), ("stored", frozenset(), NEW)])
    server.check("SELECT", run("open", "Node", False), 2)
    first, second = (one.uid for one in server.messages("alice", "Node"))
    run("addFlags", str(first), ["\\Flagged", "\\Seen"])
    run("removeFlags", str(first), ["\\Draft"])
    run("setFlags", str(second), ["\\Answered"])
    server.check("STORE", server.flags("alice", "Node"), {first: {"\\Flagged", "\\Seen"}, second: {"\\Answered"}})
    server.log()
    run("copy", f"{first}:{second}", "Archive")
    server.check("COPY", [(one.flags, one.bytes) for one in server.messages("alice", "Archive")[-2:]],
                 [({"\\Flagged", "\\Seen"}, NEW), ({"\\Answered"}, NEW)])
    run("move", str(second), "Trash")
    server.check("MOVE", (list(server.flags("alice", "Node")), server.texts("alice", "Trash")[-1:]), ([first], [NEW]))
    server.check("COPY and MOVE in the log", [(kind, folder) for kind, folder, _, _ in server.told()],
                 [("stored", "Archive"), ("stored", "Archive"), ("deleted", "Node"), ("stored", "Trash")])
    run("remove", str(first))
    server.check("EXPUNGE", server.texts("alice", "Node"), [])
    kinds = [(one.kind, one.uid) for one in server.log()]
    server.check("EXPUNGE in the log", kinds[-1], ("deleted", first))
    run("close")
    run("removeFolder", "Node")
    server.log()


def idle(client):
    server, run = client.server, client.run
    count = run("open", "INBOX", False)
    run("idle")
    server.deliver("alice", "INBOX", NEW)
    server.check("IDLE tells of a message", run("arrival"), count + 1)
    found = [base64.b64decode(text) for _, _, text in run("fetch")]
    server.check("the message that IDLE told of", found[-1], NEW)


def run(server, script, *parts):
    """The operations that both clients have, then `parts`."""
    client = Client(server, script, "imap")
    for part in (folders, reading, writing, idle, *parts):
        part(client)
    client.end()
    client = Client(server, script, "imaps", TOKENS["alice"])
    found = sorted(client.run("list"))
    server.check("LIST over TLS, after a login with a token", found, sorted(server.folders("alice")))
    client.end()
