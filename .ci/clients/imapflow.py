"""imapflow, a client for Node: what `node` does, and REPLACE."""

import base64

import node


def replacing(client):
    """imapflow has no method for REPLACE: its own function for commands, with a literal."""
    server, run = client.server, client.run
    run("createFolder", "Replaced")
    run("append", "Replaced", base64.b64encode(node.NEW).decode(), [])
    run("open", "Replaced", False)
    for name, number in (("REPLACE", lambda _: 1), ("UID REPLACE", lambda message: message.uid)):
        (before,) = server.messages("alice", "Replaced")
        server.log()
        text = b"Subject: " + name.encode() + b"\r\n\r\n.\r\nin place of another\r\n"
        run("replace", name, str(number(before)), "Replaced", base64.b64encode(text).decode())
        (after,) = server.messages("alice", "Replaced")
        server.check(f"the message after {name}", (after.uid > before.uid, after.bytes), (True, text))
        server.check(f"{name} in the log", sorted((kind, uid) for kind, _, uid, _ in server.told()),
                     [("deleted", before.uid), ("stored", after.uid)])
    run("close")
    run("removeFolder", "Replaced")


def run(server):
    node.run(server, "imapflow.js", replacing)
