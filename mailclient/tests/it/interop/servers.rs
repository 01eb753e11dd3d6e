//! The real servers, the forms in which they are reached, and what each does in its own way.

use std::{borrow::Cow, cell::Cell, time::Duration};

use mailclient::{
    Access, Account, Credentials, FolderName, Mailbox, Protocol, Security, Tls,
    imap_proto_lite::{Command, MailboxName},
};

use crate::suite::with_crlf;

/// A protocol, how TLS begins, and the variable of the port.
pub(crate) type Form = (Protocol, Security, &'static str);

/// A server that `.ci/run` starts.
pub(crate) struct Server {
    /// The beginning of its variables.
    pub(crate) name: &'static str,
    /// Where it comes from.
    pub(crate) package: &'static str,
    pub(crate) user: &'static str,
    pub(crate) forms: &'static [Form],
    pub(crate) hidden_capabilities: &'static [&'static str],
    /// The folder that the tests make.
    pub(crate) folder: &'static str,
    /// Where it differs from what the tests expect of every server.
    pub(crate) ways: &'static [Way],
}

/// A difference that is the server's own: the tests expect it there, and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A message without a line end at its end gets one.
    EndsLines,
    /// Keywords are dropped: `\*` is not among the PERMANENTFLAGS (RFC 9051 section 2.3.2).
    NoKeywords,
    /// SELECT does not send UIDNEXT, although it has to (RFC 9051 section 6.3.2).
    NoUidNext,
    /// Each login begins with an alert.
    Alerts,
    /// The flags that another session changes are not told, and FETCH does not know them either.
    /// Mailutils, 26 s after `UID STORE 1:* +FLAGS (\Answered)` of the other session, which had
    /// logged out 24 s ago and so put it into the names of the files (`..,a=O,u=2:2,R`):
    /// `C: a13 NOOP`, `S: a13 OK NOOP Completed`, `C: a14 FETCH 1:* FLAGS`,
    /// `S: * 1 FETCH (FLAGS ())`. Its next SELECT knows them.
    TellsNoFlags,
    /// A search for TEXT looks at the body alone (RFC 9051 section 6.4.4: header or body).
    TextIsBody,
    /// Over POP3 a header ends with `X-UIDL` and the unique-id. The first LIST does not count it:
    /// it tells 83 bytes, and RETR sends 138.
    AddsUidl,
    /// APPEND keeps neither flags nor date, although it should (RFC 9051 section 6.3.12).
    BareAppend,
}

pub(crate) const DOVECOT: Server = Server {
    name: "DOVECOT",
    package: "dovecot-core, dovecot-imapd, dovecot-pop3d",
    user: "heidi",
    forms: &[
        (Protocol::Imap, Security::ImplicitTls, "IMAPS"),
        (Protocol::Imap, Security::StartTls, "IMAP"),
        (Protocol::Pop3, Security::ImplicitTls, "POP3S"),
        (Protocol::Pop3, Security::StartTls, "POP3"),
    ],
    hidden_capabilities: &[],
    folder: "Methods",
    ways: &[],
};

pub(crate) const CYRUS: Server = Server {
    name: "CYRUS",
    package: "cyrus-common, cyrus-imapd, cyrus-pop3d, unpacked",
    user: "bob",
    forms: DOVECOT.forms,
    hidden_capabilities: &[],
    folder: "Methods",
    ways: &[],
};

pub(crate) const COURIER: Server = Server {
    name: "COURIER",
    package: "courier-imap, courier-pop, unpacked",
    user: "alice",
    forms: DOVECOT.forms,
    hidden_capabilities: &[],
    // All folders are below INBOX.
    folder: "INBOX.Methods",
    // It has no gam_server in its root folder, and says so in the alert (`S: * OK [ALERT]
    // Filesystem notification initialization error ..`). Its IDLE looks each second instead.
    ways: &[Way::EndsLines, Way::NoUidNext, Way::Alerts],
};

pub(crate) const MAILUTILS: Server = Server {
    name: "MAILUTILS",
    package: "mailutils-imap4d, mailutils-pop3d",
    user: "grace@example.org",
    forms: DOVECOT.forms,
    // It ends its answer to AUTHENTICATE with LF alone: `S: a4 OK AUTHENTICATE PLAIN
    // authentication successful\n`. Its IDLE tells nothing before its end, and then what cannot be
    // read and a count that is wrong. The third message came at 29 s: `69 C: DONE`,
    // `69 S: * 2 FETCH FLAGS ()`, `S: * 5 EXISTS`, `S: a19 OK IDLE terminated`.
    hidden_capabilities: &["AUTH=PLAIN", "IDLE"],
    folder: "Methods",
    ways: &[Way::NoKeywords, Way::BareAppend, Way::TextIsBody, Way::TellsNoFlags, Way::AddsUidl],
};

pub(crate) const PYMAP: Server = Server {
    name: "PYMAP",
    package: "pymap of the Python package index",
    user: "grace",
    // It has no port that begins with TLS.
    forms: &[(Protocol::Imap, Security::StartTls, "IMAP")],
    hidden_capabilities: &[],
    folder: "Methods",
    ways: &[Way::NoKeywords],
};

pub(crate) const POPA3D: Server = Server {
    name: "POPA3D",
    package: "popa3d, unpacked, and socat",
    user: "alice",
    // socat adds TLS; the server has none.
    forms: &[(Protocol::Pop3, Security::ImplicitTls, "POP3S")],
    hidden_capabilities: &[],
    folder: "Methods",
    ways: &[],
};

thread_local! {
    /// Sessions begun and messages compared by a test, which runs on one thread.
    static COUNTED: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

pub(crate) fn counted() -> (u64, u64) {
    COUNTED.get()
}

pub(crate) fn count_message() {
    COUNTED.set((COUNTED.get().0, COUNTED.get().1 + 1));
}

impl Server {
    pub(crate) fn variable(&self, name: &str) -> String {
        let variable = format!("{}_{name}", self.name);
        std::env::var(&variable).unwrap_or_else(|_| {
            panic!(
                "{variable} is not set: this test needs a server (packages: {}) that `.ci/run servers` starts",
                self.package
            )
        })
    }

    pub(crate) fn has(&self, way: Way) -> bool {
        self.ways.contains(&way)
    }

    pub(crate) fn account(&self, (protocol, security, port): Form) -> Account {
        let roots = std::fs::read(self.variable("CA")).unwrap();
        let mut account = Account::new(protocol, security, "localhost", self.user)
            .with_tls(Tls::with_extra_roots(&roots).unwrap());
        account.timeouts.poll = Duration::from_secs(1);
        // The IDLE of pymap tells what came before it at its end alone: `1 C: a4 IDLE`,
        // `1 S: + Idling.`, `6 C: DONE`, `6 S: * 4 EXISTS`, `6 S: a4 OK IDLE completed.`
        account.timeouts.idle = Duration::from_secs(1);
        // A server that does not answer fails the test before the step's time is up.
        account.timeouts.answer = Duration::from_secs(20);
        account.timeouts.slow_answer = Duration::from_secs(20);
        account.timeouts.silence = Duration::from_secs(20);
        account.port = self.variable(port).parse().unwrap();
        account.hidden_capabilities =
            self.hidden_capabilities.iter().map(|name| (*name).to_owned()).collect();
        account
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::password(self.password())
    }

    pub(crate) fn password(&self) -> String {
        let users = self.variable("USERS");
        let mut pairs = users.split(' ');
        pairs.find_map(|pair| pair.strip_prefix(self.user)?.strip_prefix(':')).unwrap().to_owned()
    }

    /// An account over IMAP, for what POP3 cannot do.
    pub(crate) fn imap(&self) -> Option<Account> {
        let form = self.forms.iter().find(|(protocol, ..)| *protocol == Protocol::Imap)?;
        Some(self.account(*form))
    }

    pub(crate) fn folder(&self) -> FolderName {
        self.folder.parse().unwrap()
    }

    /// A session with INBOX open. A maildrop stays locked for a moment after the session before.
    pub(crate) async fn connect(&self, account: &Account, access: Access) -> Box<dyn Mailbox> {
        let account = account.clone().with_open(Some((FolderName::inbox(), access)));
        for _ in 0..1000 {
            match account.connect(&self.credentials()).await {
                Err(error) if error.is_transient() => tokio::task::yield_now().await,
                opened => {
                    COUNTED.set((COUNTED.get().0 + 1, COUNTED.get().1));
                    return opened.unwrap_or_else(|error| panic!("{account}: {error}"));
                }
            }
        }
        panic!("{account}: the maildrop stays locked")
    }

    /// Makes the folder of the tests, which may be there already.
    pub(crate) async fn make_folder(&self, mailbox: &mut dyn Mailbox) {
        let mailbox_name = MailboxName::new(self.folder).unwrap();
        let create = Command::Create { mailbox: mailbox_name, special_use: Cow::Borrowed(&[]) };
        let made = mailbox.as_imap().unwrap().run(&create, |_| ()).await;
        assert!(made.is_ok() || made.is_err_and(|error| !error.needs_reconnect()));
    }

    /// The bytes that this server sends of a message: every line ends in CRLF.
    pub(crate) fn held(&self, message: &[u8], protocol: Protocol) -> Vec<u8> {
        let mut held = with_crlf(message);
        let ends = protocol == Protocol::Pop3 || self.has(Way::EndsLines);
        if ends && !held.ends_with(b"\r\n") {
            held.extend_from_slice(b"\r\n");
        }
        held
    }
}
