//! The servers: where they listen, who may log in, and how a session begins.

use std::{
    borrow::Cow,
    io::{Read, Write},
    net::TcpStream,
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use imap_proto_lite::{
    ClearTextCredentials, Command, Config, MailboxName, SeqNumber, SequenceSet, Transport,
    command::{SelectParameters, StoreAction},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{
    messages::Given,
    session::{Session, argument},
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Dovecot,
    Cyrus,
    Pymap,
    Mailutils,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Dovecot, Self::Cyrus, Self::Pymap, Self::Mailutils];

    fn variable(self, name: &str) -> String {
        let (prefix, what) = match self {
            Self::Dovecot => (
                "DOVECOT",
                "Dovecot (packages dovecot-core, dovecot-imapd), started by .ci/dovecot.sh",
            ),
            Self::Cyrus => (
                "CYRUS",
                "Cyrus IMAP (packages cyrus-common, cyrus-imapd, unpacked), started by .ci/cyrus.sh",
            ),
            Self::Pymap => ("PYMAP", "pymap (Python package pymap), started by .ci/pymap.sh"),
            Self::Mailutils => (
                "MAILUTILS",
                "GNU Mailutils (package mailutils-imap4d), started by .ci/mailutils.sh",
            ),
        };
        std::env::var(format!("{prefix}_{name}")).unwrap_or_else(|_| {
            panic!("{prefix}_{name} is not set: this test needs {what}; .ci/run does all of it")
        })
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) port: u16,
    /// The user whose mailboxes the checks make.
    pub(crate) user: String,
    pub(crate) password: String,
    users: Vec<(String, String)>,
    tls: Arc<ClientConfig>,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A number that no other call gets.
fn fresh() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Server {
    /// The server of this kind that `.ci/run` started.
    pub(crate) fn of(kind: Kind) -> Self {
        let users: Vec<(String, String)> = kind
            .variable("USERS")
            .split_whitespace()
            .map(|pair| {
                let (name, password) = pair.split_once(':').unwrap();
                (name.into(), password.into())
            })
            .collect();
        let (user, password) =
            users.iter().find(|(name, _)| name.starts_with("grace")).unwrap().clone();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(kind.variable("CA")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            kind,
            port: kind.variable("IMAP").parse().unwrap(),
            user,
            password,
            users,
            tls: Arc::new(tls),
        }
    }

    /// Whether it is one of these.
    pub(crate) fn is(&self, kinds: &[Kind]) -> bool {
        kinds.contains(&self.kind)
    }

    /// The password of a user whose name begins so, and the whole name.
    pub(crate) fn account(&self, begins: &str) -> Option<&(String, String)> {
        self.users.iter().find(|(name, _)| name.starts_with(begins))
    }

    /// A handshake that has not begun.
    pub(crate) fn tls(&self) -> ClientConnection {
        ClientConnection::new(Arc::clone(&self.tls), "localhost".try_into().unwrap()).unwrap()
    }

    fn stream(&self, host: &str) -> TcpStream {
        let io = TcpStream::connect((host, self.port)).unwrap();
        io.set_nodelay(true).unwrap();
        io.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        io
    }

    /// A session after the greeting, with a changed configuration.
    pub(crate) fn connect_with(&self, change: impl FnOnce(&mut Config)) -> Session {
        self.connect_to("127.0.0.1", change)
    }

    /// The same at another address of this machine.
    pub(crate) fn connect_to(&self, host: &str, change: impl FnOnce(&mut Config)) -> Session {
        let mut config = Config::new(Transport::Clear);
        config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
        config.tag_seed = fresh();
        change(&mut config);
        Session::new(self.stream(host), config).greeted()
    }

    pub(crate) fn connect(&self) -> Session {
        self.connect_with(|_| ())
    }

    /// A session of the user, with capabilities that are known.
    pub(crate) fn log_in_with(&self, change: impl FnOnce(&mut Config)) -> Session {
        let mut session = self.connect_with(change);
        self.log_in_as(&mut session, &self.user, &self.password);
        session
    }

    pub(crate) fn log_in(&self) -> Session {
        self.log_in_with(|_| ())
    }

    /// Logs in and learns the capabilities where the answer does not tell them.
    #[track_caller]
    pub(crate) fn log_in_as(&self, session: &mut Session, user: &str, password: &str) {
        let login = Command::Login { user: argument(user), password: argument(password).into() };
        session.run(&login).unwrap().ok();
        if session.machine().capabilities().is_none() {
            session.run(&Command::Capability).unwrap().ok();
        }
    }

    /// A mailbox name that was not used before.
    pub(crate) fn fresh_name(&self) -> MailboxName<'static> {
        name(&format!("box {}-{}", process::id(), fresh()))
    }

    /// Makes a mailbox with these messages.
    #[track_caller]
    pub(crate) fn fill(&self, session: &mut Session, messages: &[Given]) -> MailboxName<'static> {
        let mailbox = self.fresh_name();
        session.run(&create(&mailbox)).unwrap().ok();
        for message in messages {
            let command = message.append(&mailbox);
            session.upload(&command, &message.octets, 65_536).unwrap().ok();
        }
        if self.kind == Kind::Mailutils {
            self.set_flags(session, &mailbox, messages);
        }
        mailbox
    }

    /// Mailutils leaves out the flags that APPEND names.
    #[track_caller]
    fn set_flags(&self, session: &mut Session, mailbox: &MailboxName<'static>, messages: &[Given]) {
        session.run(&select(mailbox)).unwrap().ok();
        for (seq, message) in (1..).zip(messages).filter(|(_, message)| !message.flags.is_empty()) {
            session
                .run(&Command::Store {
                    messages: SequenceSet::one(SeqNumber::new(seq).unwrap()).into(),
                    action: StoreAction::AddFlags(Cow::Borrowed(&message.flags)),
                    silent: true,
                    unchanged_since: None,
                })
                .unwrap()
                .ok();
        }
        session.run(&Command::Unselect).unwrap().ok();
    }

    /// A session in a new mailbox with these messages.
    #[track_caller]
    pub(crate) fn open(&self, messages: &[Given]) -> (Session, MailboxName<'static>) {
        let mut session = self.log_in();
        let mailbox = self.fill(&mut session, messages);
        session.run(&select(&mailbox)).unwrap().ok();
        (session, mailbox)
    }

    /// A Dovecot that knows the user before the first byte. `None` for servers of other kinds.
    pub(crate) fn preauthenticated(&self) -> Option<Session> {
        let child = process::Command::new("/usr/lib/dovecot/imap")
            .args(["-c", &self.dovecot_configuration()?, "-u", &self.user])
            .stdin(process::Stdio::piped())
            .stdout(process::Stdio::piped())
            .spawn()
            .unwrap();
        Some(Session::with_child(child, Config::new(Transport::Clear)).greeted())
    }

    /// Has Dovecot end the sessions of a user. `None` for servers of other kinds.
    pub(crate) fn kick(&self, user: &str) -> Option<()> {
        let kicked = process::Command::new("doveadm")
            .args(["-c", &self.dovecot_configuration()?, "kick", user])
            .output()
            .unwrap();
        assert!(kicked.status.success(), "{kicked:?}");
        Some(())
    }

    /// A bearer token of alice. `None` for servers that take none.
    pub(crate) fn token(&self, name: &str) -> Option<String> {
        (self.kind == Kind::Dovecot).then(|| self.kind.variable(name))
    }

    fn dovecot_configuration(&self) -> Option<String> {
        let folder = (self.kind == Kind::Dovecot).then(|| self.kind.variable("DIR"))?;
        Some(format!("{folder}/dovecot.conf"))
    }

    /// The answer to this line right after the greeting, read without the machine.
    pub(crate) fn raw(&self, line: &str) -> String {
        let mut io = self.stream("127.0.0.1");
        let mut said = Vec::new();
        let mut octet = [0];
        let mut lines = 0;
        while lines < 2 && io.read(&mut octet).unwrap() == 1 {
            if octet[0] == b'\n' {
                lines += 1;
                if lines == 1 {
                    said.clear();
                    io.write_all(format!("{line}\r\n").as_bytes()).unwrap();
                }
            } else {
                said.push(octet[0]);
            }
        }
        String::from_utf8_lossy(&said).trim().to_owned()
    }
}

pub(crate) fn name(text: &str) -> MailboxName<'static> {
    MailboxName::new(text.to_owned()).unwrap()
}

pub(crate) fn select(mailbox: &MailboxName<'static>) -> Command<'static> {
    Command::Select { mailbox: mailbox.clone(), parameters: SelectParameters::None }
}

pub(crate) fn create(mailbox: &MailboxName<'static>) -> Command<'static> {
    Command::Create { mailbox: mailbox.clone(), special_use: Cow::Borrowed(&[]) }
}
