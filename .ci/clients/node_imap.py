"""node-imap, a client for Node."""

import node


def run(server):
    node.run(server, "node_imap.js")
