"""fetchmail over POP3 and IMAP, with and without TLS: keeps, fetches only what is new, then deletes."""

from observed import NEWS, PASSWORDS, ended
from programs import run_program

CONFIG = """
set no bouncemail
set idfile "{folder}/ids"
set pidfile "{folder}/pid"
set invisible
poll localhost service {port} protocol {protocol} {uidl} auth password
  user alice password {password} is root here
  {tls} {keep} no rewrite no mimedecode no forcecr no stripcr {all}
  mda "{script} {folder}/mail"
"""

SCRIPT = """#!/bin/sh
exec cat >"$(mktemp "$1/XXXXXXXX")"
"""


def fetch(server, scheme, keep=True, everything=False):
    """Runs fetchmail and returns the messages that it delivered in this run, sorted."""
    folder = server.folder / scheme
    mail = folder / "mail"
    mail.mkdir(parents=True, exist_ok=True)
    script = server.folder / "deliver"
    script.write_text(SCRIPT)
    script.chmod(0o700)
    for file in mail.iterdir():
        file.unlink()
    protocol = "imap" if scheme.startswith("imap") else "pop3"
    tls = {"imap": "sslproto ''", "pop3": "sslproto ''", "imaps": "ssl", "pop3s": "ssl"}.get(scheme, "sslproto TLS1.2+")
    if scheme not in ("imap", "pop3"):
        tls += f' sslcertck sslcertfile "{server.ca}"'
    config = folder / "fetchmailrc"
    config.write_text(CONFIG.format(
        port=server.ports[scheme], protocol=protocol, password=PASSWORDS["alice"], folder=folder, script=script,
        tls=tls, keep="keep" if keep else "no keep", uidl="uidl" if protocol == "pop3" else "",
        all="fetchall" if everything else "no fetchall"))
    config.chmod(0o600)
    # 1: there is no new mail.
    run_program("fetchmail", "--fetchmailrc", config, "--nodetach", "--nosyslog", ends=(0, 1))
    return sorted(unbroken(file.read_bytes()) for file in mail.iterdir())


def handed_over(text):
    """As fetchmail hands a message over: the header and the last line have their ends."""
    return unbroken(ended(text) if b"\r\n\r\n" in text else ended(text) + b"\r\n")


def unbroken(text):
    """fetchmail breaks a line of 20,000 bytes and puts other bytes there: of such a line only its letters count."""
    header, _, body = text.partition(b"\r\n\r\n")
    return header + b" %d" % body.count(b"x") if b"of 20,000 octets" in header else text


def run(server):
    expected = sorted(map(handed_over, server.texts("alice", "INBOX")))
    for scheme in ("pop3", "pop3s", "pop3+stls", "imap", "imaps", "imap+starttls"):
        server.check(f"{scheme}: all messages", fetch(server, scheme, everything=True), expected)
        server.check(f"{scheme}: the second run", fetch(server, scheme), [])
        server.deliver("alice", "INBOX", NEWS)
        server.check(f"{scheme}: one that is new", fetch(server, scheme), [NEWS])
        expected = sorted(map(handed_over, server.texts("alice", "INBOX")))
    for scheme in ("imap", "pop3"):
        before = server.texts("alice", "INBOX")
        server.log()
        found = fetch(server, scheme, keep=False, everything=True)
        server.check(f"{scheme}: all messages, not kept", found, sorted(map(handed_over, before)))
        server.check(f"{scheme}: all are deleted", server.texts("alice", "INBOX"), [])
        deleted = [one.bytes for one in server.log() if one.kind == "deleted"]
        server.check(f"{scheme}: the log", sorted(deleted), sorted(before))
        for text in before:
            server.deliver("alice", "INBOX", text)
