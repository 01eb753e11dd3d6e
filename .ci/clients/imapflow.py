"""imapflow, a client for Node."""

import node


def run(server):
    node.run(server, "imapflow.js")
