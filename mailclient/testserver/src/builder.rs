//! The configuration of a [`TestServer`].

use std::{io, path::PathBuf, sync::Arc, time::SystemTime};

use bytes::Bytes;
use tokio_rustls::TlsAcceptor;

use super::{
    TestServer,
    certificate::Identity,
    clock::Clock,
    faults::{Fault, Faults},
    folder::{Content, flag},
    limits::Limits,
    log::Log,
    look::{no_user, not_stored},
    messages::{self, Seed},
    persona::{Persona, UidValidity},
    scheme::Scheme,
    shared::Shared,
    store::{Account, NewMessage, Quota, Rules},
};

/// Folders of every user besides INBOX.
const FOLDERS: [&str; 7] =
    ["Archive", "Drafts", "Junk", "Sent", "Trash", "Projects/2026", "Projekte/Übersicht"];

/// UIDVALIDITY of the first folder of an account, unless another is set.
const UID_VALIDITY: u32 = 1_772_438_400;

#[derive(Clone)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: String,
    pub(super) token: String,
}

impl User {
    fn new(name: &str, password: &str, token: &str) -> Self {
        Self { name: name.into(), password: password.into(), token: token.into() }
    }
}

/// Describes a server, then [starts](Self::start) it.
#[must_use = "nothing runs before `start`"]
pub struct Builder {
    users: Vec<User>,
    folders: Vec<String>,
    messages: Vec<(String, String, Seed)>,
    eml_folders: Vec<(String, PathBuf)>,
    built_in: bool,
    host_names: Vec<String>,
    hidden: Vec<String>,
    faults: Faults,
    uid_validity: u32,
    uid_validities: Option<UidValidity>,
    persona: Persona,
    limits: Limits,
    quota: Quota,
    clock: Option<Clock>,
    ports: Vec<(Scheme, u16)>,
    identity: Option<Arc<Identity>>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            users: Vec::new(),
            folders: FOLDERS.map(String::from).to_vec(),
            messages: Vec::new(),
            eml_folders: Vec::new(),
            built_in: true,
            host_names: vec!["localhost".into(), "127.0.0.1".into()],
            hidden: Vec::new(),
            faults: Faults::default(),
            uid_validity: UID_VALIDITY,
            uid_validities: None,
            persona: Persona::everything(),
            limits: Limits::default(),
            quota: Quota::default(),
            clock: None,
            ports: Scheme::TLS.map(|scheme| (scheme, 0)).into(),
            identity: None,
        }
    }

    /// Adds a user, in place of `alice` and `bob`; the first one gets the built-in messages.
    pub fn user(mut self, name: &str, password: &str, token: &str) -> Self {
        self.users.push(User::new(name, password, token));
        self
    }

    /// Adds a folder for every user, besides INBOX, `Archive`, `Drafts`, `Junk`, `Sent`, `Trash`,
    /// `Projects/2026` and `Projekte/Übersicht`; `/` separates its levels.
    pub fn folder(mut self, name: &str) -> Self {
        self.folders.push(name.into());
        self
    }

    /// Appends a message to a folder of a user. The bytes are stored unchanged: end the lines with
    /// CRLF.
    pub fn message(mut self, user: &str, folder: &str, message: impl Into<Bytes>) -> Self {
        let seed = Seed { octets: message.into(), flags: &[], date: messages::FIRST };
        self.messages.push((user.into(), folder.into(), seed));
        self
    }

    /// Puts the `.eml` files of a directory, in the order of their names, into the INBOX of a user,
    /// in place of the built-in messages. A line that ends in a lone LF gets its CR.
    pub fn messages_from(mut self, user: &str, path: impl Into<PathBuf>) -> Self {
        self.built_in = false;
        self.eml_folders.push((user.into(), path.into()));
        self
    }

    /// Leaves out the built-in messages.
    pub fn without_messages(mut self) -> Self {
        self.built_in = false;
        self
    }

    /// Shows a certificate for these host names and addresses in place of `localhost` and
    /// `127.0.0.1`.
    pub fn certificate_for<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.host_names = names.into_iter().map(String::from).collect();
        self
    }

    /// Makes the server behave like this one. The default is [`Persona::everything`].
    pub fn persona(mut self, persona: Persona) -> Self {
        self.persona = persona;
        self
    }

    /// What the server says of UIDVALIDITY, in place of what its persona says.
    pub const fn uid_validities(mut self, policy: UidValidity) -> Self {
        self.uid_validities = Some(policy);
        self
    }

    /// The limits of the server.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The quota of every user: units of 1,024 bytes, and messages (RFC 9208). SETQUOTA changes it.
    pub const fn quota(mut self, storage: Option<u64>, messages: Option<u64>) -> Self {
        self.quota = Quota { storage, messages };
        self
    }

    /// Leaves out a capability: `IDLE`, `UIDPLUS`, `AUTH=PLAIN`, `STARTTLS` in IMAP; `TOP`, `UIDL`,
    /// `USER`, `SASL`, `PLAIN`, `STLS` in POP3; case does not matter.
    pub fn hide_capability(mut self, name: &str) -> Self {
        self.hidden.push(name.into());
        self
    }

    /// Switches a fault on from the start. [`TestServer::faults`] switches faults on and off while
    /// the server runs.
    pub fn fault(self, fault: Fault) -> Self {
        self.faults.add(fault);
        self
    }

    /// The UIDVALIDITY of the first folder of each user; further ones count up. Ids that a client
    /// stored from another server are stale by it.
    pub const fn uid_validity(mut self, value: u32) -> Self {
        self.uid_validity = value;
        self
    }

    /// The time, for messages that are stored without a date and for OLDER and YOUNGER. Without it
    /// the server starts at 2026-03-07 08:00 UTC, and its time runs with tokio's clock.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Clock::new(now));
        self
    }

    /// Listens for a scheme on this port of 127.0.0.1; 0 takes a free one, as the schemes with TLS
    /// do without this call. [`Scheme::Imap`] and [`Scheme::Pop3`] are listened for only if a port
    /// is named here: there a login in clear text is taken.
    pub fn port(mut self, scheme: Scheme, port: u16) -> Self {
        self.ports.retain(|(one, _)| *one != scheme);
        self.ports.push((scheme, port));
        self
    }

    /// Listens on no port: connections come through [`TestServer::serve`] only. A test that starts
    /// very many servers saves their listeners.
    pub fn without_ports(mut self) -> Self {
        self.ports.clear();
        self
    }

    /// Shows the certificate of another server, which saves the making of one: half of the time
    /// that a start takes. [`certificate_for`](Self::certificate_for) has no effect then.
    pub fn certificate_of(mut self, other: &TestServer) -> Self {
        self.identity = Some(Arc::clone(&other.identity));
        self
    }

    /// Starts the server on 127.0.0.1, on free ports unless [`port`](Self::port) names others.
    ///
    /// # Errors
    /// A message names a user or a folder that does not exist or has no room for it, a folder
    /// cannot have its name, a directory or file of [`messages_from`](Self::messages_from) cannot
    /// be read, a port cannot be bound, or no certificate can be made.
    pub async fn start(mut self) -> io::Result<TestServer> {
        if self.users.is_empty() {
            self.users.push(User::new("alice", "wonderland", "token-of-alice"));
            self.users.push(User::new("bob", "builder", "token-of-bob"));
        }
        for hidden in &self.hidden {
            self.persona.hide(hidden);
        }
        let identity = match self.identity.take() {
            Some(identity) => identity,
            None => Arc::new(Identity::new(&self.host_names).map_err(io::Error::other)?),
        };
        let clock = self.clock.clone().unwrap_or_default();
        let log = Arc::new(Log::default());
        let accounts = self.accounts(&log, clock.now())?;
        log.clear();
        let shared = Shared {
            accounts,
            acceptor: TlsAcceptor::from(Arc::clone(&identity.server)),
            persona: self.persona,
            limits: self.limits,
            log,
            faults: self.faults,
            clock,
            connections: 0.into(),
            challenges: 0.into(),
        };
        TestServer::bind(shared, self.users, &self.ports, identity).await
    }

    fn accounts(&mut self, log: &Arc<Log>, now: i64) -> io::Result<Vec<Arc<Account>>> {
        let mut messages = Vec::new();
        if self.built_in
            && let Some(first) = self.users.first()
        {
            let seeds = messages::built_in().into_iter();
            messages.extend(seeds.map(|seed| (first.name.clone(), "INBOX".to_owned(), seed)));
        }
        for (user, path) in &self.eml_folders {
            if !self.users.iter().any(|one| one.name == *user) {
                return Err(no_user(user));
            }
            let seeds = messages::from_folder(path)?.into_iter();
            messages.extend(seeds.map(|seed| (user.clone(), "INBOX".to_owned(), seed)));
        }
        messages.append(&mut self.messages);

        let rules = Rules {
            uid_validity: self.uid_validities.unwrap_or(self.persona.uid_validity),
            first_uid_validity: self.uid_validity,
            limits: self.limits,
            log: Arc::clone(log),
        };
        self.persona.uid_validity = rules.uid_validity;
        let account = |user: &User| {
            let User { name, password, token } = user;
            Arc::new(Account::new(name, password, token, rules.clone(), &self.folders))
        };
        let accounts: Vec<Arc<Account>> = self.users.iter().map(account).collect();
        for folder in self.folders.iter().skip(FOLDERS.len()) {
            let name = folder.strip_suffix('/').unwrap_or(folder);
            if accounts.iter().any(|account| account.look(name, |_| ()).is_none()) {
                let what = format!("no folder can be named {folder:?}, or a limit forbids it");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
        }
        for (user, folder, seed) in messages {
            let account = accounts.iter().find(|account| account.name == user);
            let message = NewMessage {
                content: Arc::new(Content::new(seed.octets)),
                flags: seed.flags.iter().filter_map(|name| flag(name)).collect(),
                date: seed.date,
                saved: now,
            };
            let account = account.ok_or_else(|| no_user(&user))?;
            let stored = account.append(&folder, message);
            stored.map_err(|refusal| not_stored(&user, &folder, refusal))?;
        }
        for account in &accounts {
            account.set_quota(self.quota);
        }
        Ok(accounts)
    }
}
