"""offlineimap3: all folders in both directions into Maildir."""

from observed import wire_name
from programs import essence
from sync import Client, changes, two_runs


class OfflineImap(Client):
    CONFIG = """
[general]
accounts = all
metadata = {folder}/state
ui = quiet
socktimeout = 60
[Account all]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {mail}
[Repository far]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = alice
remotepass = {password}
{protection}
"""
    COMMAND = ("offlineimap", "-c", "CONFIG", "-o", "-u", "quiet")
    PROTECTION = {"imap": "ssl = no\nstarttls = no", "imaps": "ssl = yes\nsslcacertfile = {ca}"}

    def text(self, data):
        return essence(data)

    def name(self, folder):
        """The levels of a folder are joined by dots, in modified UTF-7."""
        return wire_name(folder).replace("/", ".")


def run(server):
    client = OfflineImap(server)
    two_runs(client)
    changes(client)
