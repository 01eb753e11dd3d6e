"""Passes connections on to a server and notes which commands the client sent in clear text."""

import re
import socket
import threading

IMAP = {
    "CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "AUTHENTICATE", "LOGIN", "ID", "ENABLE", "SELECT", "EXAMINE", "CREATE",
    "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB", "NAMESPACE", "STATUS", "APPEND", "IDLE", "CHECK",
    "CLOSE", "UNSELECT", "EXPUNGE", "SEARCH", "FETCH", "STORE", "COPY", "MOVE", "SORT", "THREAD", "REPLACE",
    "UID FETCH", "UID STORE", "UID COPY", "UID MOVE", "UID SEARCH", "UID EXPUNGE", "UID SORT", "UID THREAD",
    "UID REPLACE", "GETQUOTA", "GETQUOTAROOT", "SETQUOTA", "GETACL", "SETACL", "DELETEACL", "LISTRIGHTS", "MYRIGHTS",
}
POP3 = {
    "USER", "PASS", "APOP", "AUTH", "CAPA", "STLS", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP",
    "QUIT", "UTF8", "LANG",
}
COMMANDS = {f"IMAP {name}" for name in IMAP} | {f"POP3 {name}" for name in POP3}


class Recorder:
    """A port on loopback that leads to the port of a server; `commands` is added to."""

    def __init__(self, scheme, port, commands):
        self.imap, self.server, self.commands = scheme.startswith("imap"), port, commands
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            note = (Imap if self.imap else Pop3)(self.commands).note
            threading.Thread(target=pump, args=(client, server, note), daemon=True).start()
            threading.Thread(target=pump, args=(server, client, lambda _: None), daemon=True).start()


def pump(source, sink, note):
    """Copies until the source ends, then ends the other direction."""
    try:
        while octets := source.recv(1 << 16):
            note(octets)
            sink.sendall(octets)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        # One side is gone: the other one shall see it.
        for one in (source, sink):
            one.close()


class Imap:
    """Reads the commands of a session: a tag, a name and arguments, with literals between."""

    def __init__(self, commands):
        self.commands = commands
        self.line, self.skip, self.within, self.ended = b"", 0, False, False

    def note(self, octets):
        while octets and not self.ended:
            if self.skip:
                taken = min(self.skip, len(octets))
                self.skip -= taken
                octets = octets[taken:]
                continue
            line, end, octets = octets.partition(b"\n")
            self.line += line + end
            if end:
                self._take(self.line)
                self.line = b""

    def _take(self, line):
        begin = re.match(rb"\S+ ((?:UID )?[A-Z]+)", line, re.IGNORECASE)
        name = begin[1].decode().upper() if begin else ""
        if not self.within and name in IMAP:
            self.commands.add(f"IMAP {name}")
        # After STARTTLS nothing is readable.
        self.ended = name == "STARTTLS"
        literal = re.search(rb"\{(\d+)\+?\}\r?\n$", line)
        self.skip, self.within = (int(literal[1]), True) if literal else (0, False)


class Pop3:
    """Reads the commands of a session, a line each."""

    def __init__(self, commands):
        self.commands = commands
        self.line, self.ended = b"", False

    def note(self, octets):
        if self.ended:
            return
        *lines, self.line = (self.line + octets).split(b"\n")
        for line in lines:
            name = line.split(b" ")[0].strip().upper().decode("latin-1")
            if name in POP3:
                self.commands.add(f"POP3 {name}")
            self.ended |= name == "STLS"
