"""The commands of IMAP and POP3, by the capability that brings them."""

import imaplib
import poplib

from observed import PASSWORDS

# RFC 9051 section 6.
IMAP = """
CAPABILITY, NOOP, LOGOUT, STARTTLS, AUTHENTICATE, LOGIN, ENABLE, SELECT, EXAMINE, CREATE, DELETE, RENAME, SUBSCRIBE,
UNSUBSCRIBE, LIST, NAMESPACE, STATUS, APPEND, IDLE, CLOSE, UNSELECT, EXPUNGE, SEARCH, FETCH, STORE, COPY, MOVE,
UID FETCH, UID STORE, UID COPY, UID MOVE, UID SEARCH, UID EXPUNGE
"""

# What else a capability brings. Those of the last group bring arguments and answers only.
IMAP_CAPABILITIES = {
    "IMAP4REV1": "CHECK, LSUB",  # RFC 3501 section 6
    "ACL": "GETACL, SETACL, DELETEACL, LISTRIGHTS, MYRIGHTS",
    "COMPRESS": "COMPRESS",
    "ID": "ID",
    "QUOTA": "GETQUOTA, GETQUOTAROOT",
    "QUOTASET": "SETQUOTA",
    "REPLACE": "REPLACE, UID REPLACE",
    "SORT": "SORT, UID SORT",
    "THREAD": "THREAD, UID THREAD",
} | dict.fromkeys(
    "APPENDLIMIT AUTH BINARY CHILDREN CONDSTORE CREATE-SPECIAL-USE ENABLE ESEARCH IDLE IMAP4REV2 LIST-EXTENDED "
    "LIST-MYRIGHTS LIST-STATUS LITERAL+ MOVE NAMESPACE OBJECTID PARTIAL PREVIEW QRESYNC RIGHTS SASL-IR SAVEDATE "
    "SEARCHRES SPECIAL-USE STATUS UIDPLUS UNSELECT UTF8 WITHIN".split(), "")

# RFC 1939, and CAPA of RFC 2449.
POP3 = "USER, PASS, APOP, STAT, LIST, RETR, DELE, NOOP, RSET, QUIT, TOP, UIDL, CAPA"

POP3_CAPABILITIES = {
    "LANG": "LANG",
    "SASL": "AUTH",
    "STLS": "STLS",
    "UTF8": "UTF8",
} | dict.fromkeys(
    "AUTH-RESP-CODE EXPIRE IMPLEMENTATION LOGIN-DELAY PIPELINING RESP-CODES TOP UIDL USER".split(), "")


def required(server):
    """The commands of the RFCs, and of the capabilities that a server announces before or after the login."""
    with imaplib.IMAP4("localhost", server.ports["imap"]) as imap:
        announced = set(imap.capabilities)
        imap.login("alice", PASSWORDS["alice"])
        announced |= set(imap.capability()[1][0].decode().upper().split())
    found = commands("IMAP", IMAP, IMAP_CAPABILITIES, announced)
    announced = set()
    for scheme in ("pop3", "pop3+stls"):
        pop3 = poplib.POP3("localhost", server.ports[scheme])
        announced |= set(pop3.capa())
        pop3.quit()
    return found | commands("POP3", POP3, POP3_CAPABILITIES, announced)


def commands(protocol, always, capabilities, announced):
    names = {one.partition("=")[0] for one in announced}
    if unknown := names - capabilities.keys():
        raise KeyError(f"which commands do these capabilities of {protocol} bring? {' '.join(sorted(unknown))}")
    found = ", ".join([always, *(capabilities[name] for name in names)])
    return {f"{protocol} {name}" for name in map(str.strip, found.split(",")) if name}
