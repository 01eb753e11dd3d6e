"""Python's poplib: every command that it has, except RPOP, which no RFC since RFC 1225 defines."""

import poplib
import ssl

from observed import PASSWORDS, ended


def connect(server, scheme):
    poplib._MAXLINE = 1 << 20  # 2,048 bytes by default; a message of the server has a longer line
    context = ssl.create_default_context(cafile=server.ca)
    if scheme == "pop3s":
        return poplib.POP3_SSL("localhost", server.ports[scheme], context=context)
    pop3 = poplib.POP3("localhost", server.ports[scheme])
    if scheme == "pop3+stls":
        try:
            said = pop3.user("alice") + pop3.pass_(PASSWORDS["alice"])
        except poplib.error_proto:
            said = b"refused"
        server.check("USER and PASS before STLS", said, b"refused")
        server.check("STLS", pop3.stls(context)[:3], b"+OK")
    return pop3


def login(server, scheme, user="alice"):
    pop3 = connect(server, scheme)
    server.check("USER", pop3.user(user)[:3], b"+OK")
    server.check("PASS", pop3.pass_(PASSWORDS[user])[:3], b"+OK")
    return pop3


def message(answer):
    return b"".join(line + b"\r\n" for line in answer[1])


def reading(server, pop3):
    texts = server.texts("alice", "INBOX")
    server.check("STAT", pop3.stat()[0], len(texts))
    sizes = [tuple(map(int, line.split())) for line in pop3.list()[1]]
    server.check("LIST", sizes, [(n + 1, len(ended(text))) for n, text in enumerate(texts)])
    server.check("LIST 3", pop3.list(3).split()[1:3], [b"3", b"%d" % len(texts[2])])
    ids = [line.split()[1] for line in pop3.uidl()[1]]
    server.check("UIDL names each message once", len(set(ids)), len(texts))
    server.check("UIDL 2", pop3.uidl(2).split()[1:3], [b"2", ids[1]])
    for n, text in enumerate(texts):
        server.check(f"RETR {n + 1}", message(pop3.retr(n + 1)), ended(text))
    head, body = texts[0].split(b"\r\n\r\n", 1)
    for lines in (0, 2):
        shown = b"".join(line + b"\r\n" for line in body.split(b"\r\n")[:lines])
        server.check(f"TOP 1 {lines}", message(pop3.top(1, lines)), head + b"\r\n\r\n" + shown)
    server.check("NOOP", pop3.noop()[:3], b"+OK")
    return ids


def deleting(server):
    before = server.texts("alice", "INBOX")
    pop3 = login(server, "pop3")
    pop3.dele(2)
    pop3.rset()
    server.check("STAT after RSET", pop3.stat()[0], len(before))
    pop3.dele(1)
    pop3.dele(4)
    server.check("STAT after DELE", pop3.stat()[0], len(before) - 2)
    server.check("nothing is deleted before QUIT", server.texts("alice", "INBOX"), before)
    pop3.close()
    pop3 = login(server, "pop3")
    server.check("without QUIT nothing is deleted", pop3.stat()[0], len(before))
    pop3.dele(1)
    pop3.dele(4)
    pop3.quit()
    server.check("after QUIT", server.texts("alice", "INBOX"), before[1:3] + before[4:])
    log = [(one.kind, one.bytes) for one in server.log()]
    server.check("the log", log, [("deleted", before[0]), ("deleted", before[3])])


def run(server):
    seen = []
    for scheme in ("pop3", "pop3s", "pop3+stls"):
        pop3 = login(server, scheme)
        capabilities = pop3.capa()
        server.check("CAPA", {"TOP", "UIDL", "USER"} <= set(capabilities), True)
        seen.append(reading(server, pop3))
        pop3.quit()
    server.check("UIDL is the same in each session", seen, [seen[0]] * 3)
    pop3 = connect(server, "pop3")
    server.check("APOP", pop3.apop("alice", PASSWORDS["alice"])[:3], b"+OK")
    pop3.quit()
    pop3 = connect(server, "pop3")
    server.check("LANG", [line.split()[0] for line in pop3._longcmd("LANG")[1]], [b"en", b"i-default"])
    server.check("UTF8", pop3.utf8()[:3], b"+OK")
    pop3.user("bob")
    pop3.pass_(PASSWORDS["bob"])
    server.check("STAT of an empty maildrop", pop3.stat(), (0, 0))
    pop3.quit()
    server.check("reading changes nothing", server.log(), [])
    deleting(server)
