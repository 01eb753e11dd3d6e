"""Perl's Net::POP3: every method for a maildrop, after UTF8 as its own line."""

import base64
import json
import pathlib

from observed import PASSWORDS, ended
from programs import run_program


def run(server):
    messages = server.messages("alice", "INBOX")
    texts = [message.bytes for message in messages]
    script = pathlib.Path(__file__).with_suffix(".pl")
    found = json.loads(run_program("perl", script, str(server.ports["pop3"]), "alice", PASSWORDS["alice"]))

    def text(encoded):
        return base64.b64decode(encoded).replace(b"\n", b"\r\n")

    sizes = {str(n + 1): len(ended(text)) for n, text in enumerate(texts)}
    server.check("CAPA", {"TOP", "UIDL", "UTF8"} <= set(found["capabilities"]), True)
    server.check("UTF8", found["utf8"], "accepted")
    server.check("the login counts the messages", found["login"], len(texts))
    server.check("STAT", found["stat"], [len(texts), sum(sizes.values())])
    server.check("LIST", found["sizes"], sizes)
    server.check("UIDL names each message once", len(set(found["ids"].values())), len(texts))
    server.check("RETR", [text(body) for body in found["bodies"]], [ended(text) for text in texts])
    server.check("TOP", text(found["top"]), texts[0].split(b"\r\n\r\n")[0] + b"\r\n\r\n")
    server.check("STAT after RSET and DELE", found["left"], len(texts) - 1)
    server.check("QUIT", found["quit"], "accepted")
    server.check("the log", server.told(), [("deleted", "INBOX", messages[1].uid, frozenset())])
