"""node-imap, a client for Node: what `node` does, and SORT."""

import node


def sorting(client):
    server, run = client.server, client.run
    run("open", "INBOX", True)
    by_size = sorted(server.messages("alice", "INBOX"), key=lambda message: len(message.bytes))
    server.check("UID SORT", run("sorted"), [message.uid for message in by_size])
    run("close")


def run(server):
    node.run(server, "node_imap.js", sorting)
