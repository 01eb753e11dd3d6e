"""mpop over POP3, POP3S and POP3 with STLS: keeps, fetches only what is new, then deletes."""

from observed import NEWS, PASSWORDS
from programs import mail_files, make_maildir, run_program

CONFIG = """
account server
host localhost
port {port}
user alice
auth {auth}
password {password}
tls {tls}
tls_starttls {upgrade}
{trust}
received_header off
uidls_file {folder}/uidls
delivery maildir {folder}/mail
keep {keep}
only_new on
"""


def fetch(server, scheme, auth="user", keep="on"):
    """Runs mpop and returns the messages that it stored in this run, sorted."""
    folder = server.folder / f"{scheme}-{auth}"
    mail = make_maildir(folder / "mail")
    before = mail_files(mail)
    config = folder / "mpoprc"
    config.write_text(CONFIG.format(
        port=server.ports[scheme], password=PASSWORDS["alice"], folder=folder, keep=keep, auth=auth,
        tls="off" if scheme == "pop3" else "on", upgrade="on" if scheme == "pop3+stls" else "off",
        trust="" if scheme == "pop3" else f"tls_trust_file {server.ca}"))
    config.chmod(0o600)
    run_program("mpop", "-Q", f"--file={config}", "server")
    return sorted(file.read_bytes() for file in mail_files(mail) if file not in before)


def lines(texts):
    """As mpop stores them: with LF, the last line ended."""
    texts = (text.replace(b"\r\n", b"\n") for text in texts)
    return sorted(text if text.endswith(b"\n") else text + b"\n" for text in texts)


def run(server):
    expected = lines(server.texts("alice", "INBOX"))
    for scheme in ("pop3", "pop3s", "pop3+stls"):
        server.check(f"{scheme}: all messages", fetch(server, scheme), expected)
        server.check(f"{scheme}: the second run", fetch(server, scheme), [])
    for scheme, auth in (("pop3s", "plain"), ("pop3s", "login"), ("pop3", "cram-md5"), ("pop3", "apop")):
        server.check(f"all messages after {auth}", fetch(server, scheme, auth), expected)
    server.deliver("alice", "INBOX", NEWS)
    server.check("one that is new", fetch(server, "pop3"), lines([NEWS]))
    before = server.texts("alice", "INBOX")
    server.log()
    server.check("nothing is new", fetch(server, "pop3", keep="off"), [])
    server.check("all are deleted", server.texts("alice", "INBOX"), [])
    server.check("the log", [(one.kind, one.bytes) for one in server.log()], [("deleted", one) for one in before])
