//! The configuration of a [`TestServer`].

use std::{io, path::PathBuf, sync::Arc, time::SystemTime};

use bytes::Bytes;
use tokio_rustls::TlsAcceptor;

use super::{
    TestServer,
    certificate::Identity,
    clock::Clock,
    folder::{Content, flag},
    messages::{self, Seed},
    scheme::Scheme,
    service::{Fault, Shared},
    store::Account,
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
    fault: Option<Fault>,
    uid_validity: u32,
    clock: Option<Clock>,
    ports: Vec<(Scheme, u16)>,
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
            fault: None,
            uid_validity: UID_VALIDITY,
            clock: None,
            ports: Scheme::TLS.map(|scheme| (scheme, 0)).into(),
        }
    }

    /// Adds a user, in place of `alice` and `bob`; the first one gets the built-in messages.
    pub fn user(mut self, name: &str, password: &str, token: &str) -> Self {
        self.users.push(User::new(name, password, token));
        self
    }

    /// Adds a folder for every user; `/` separates its levels.
    pub fn folder(mut self, name: &str) -> Self {
        self.folders.push(name.into());
        self
    }

    /// Appends a message to a folder of a user, unchanged.
    pub fn message(mut self, user: &str, folder: &str, octets: impl Into<Bytes>) -> Self {
        let seed = Seed { octets: octets.into(), flags: &[], date: messages::FIRST };
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

    /// Leaves out a capability: `IDLE`, `UIDPLUS`, `AUTH=PLAIN`, `STARTTLS` in IMAP; `TOP`, `UIDL`,
    /// `USER`, `SASL`, `PLAIN`, `STLS` in POP3; case does not matter.
    pub fn hide_capability(mut self, name: &str) -> Self {
        self.hidden.push(name.into());
        self
    }

    /// Makes every connection fail.
    pub const fn fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
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

    /// Listens for a scheme on this port of 127.0.0.1; 0 takes a free one, as the schemes with TLS do
    /// without this call. [`Scheme::Imap`] and [`Scheme::Pop3`] are listened for only if a port is
    /// named here: there a login in clear text is taken.
    pub fn port(mut self, scheme: Scheme, port: u16) -> Self {
        self.ports.retain(|(one, _)| *one != scheme);
        self.ports.push((scheme, port));
        self
    }

    /// Starts the server on 127.0.0.1, on free ports unless [`port`](Self::port) names others.
    ///
    /// # Errors
    /// A message cannot be read, a port cannot be bound, or no certificate can be made.
    pub async fn start(mut self) -> io::Result<TestServer> {
        if self.users.is_empty() {
            self.users.push(User::new("alice", "wonderland", "token-of-alice"));
            self.users.push(User::new("bob", "builder", "token-of-bob"));
        }
        let identity = Identity::new(&self.host_names).map_err(io::Error::other)?;
        let accounts = self.accounts()?;
        let shared = Shared {
            accounts,
            acceptor: TlsAcceptor::from(Arc::clone(&identity.server)),
            hidden: self.hidden,
            fault: self.fault,
            clock: self.clock.unwrap_or_default(),
        };
        TestServer::bind(shared, self.users, &self.ports, &identity).await
    }

    fn accounts(&mut self) -> io::Result<Vec<Arc<Account>>> {
        let mut messages = Vec::new();
        if self.built_in
            && let Some(first) = self.users.first()
        {
            let seeds = messages::built_in().into_iter();
            messages.extend(seeds.map(|seed| (first.name.clone(), "INBOX".to_owned(), seed)));
        }
        for (user, path) in &self.eml_folders {
            let seeds = messages::from_folder(path)?.into_iter();
            messages.extend(seeds.map(|seed| (user.clone(), "INBOX".to_owned(), seed)));
        }
        messages.append(&mut self.messages);

        let accounts: Vec<Arc<Account>> = self
            .users
            .iter()
            .map(|user| {
                Account::new(
                    &user.name,
                    &user.password,
                    &user.token,
                    self.uid_validity,
                    &self.folders,
                )
            })
            .map(Arc::new)
            .collect();
        for (user, folder, seed) in messages {
            let account = accounts.iter().find(|account| account.name == user);
            let content = Arc::new(Content::new(seed.octets));
            let flags = seed.flags.iter().filter_map(|name| flag(name)).collect();
            account
                .and_then(|account| {
                    account.change(&folder, |folder| folder.add(content, flags, seed.date))
                })
                .ok_or_else(|| {
                    let what = format!("no user {user:?} with a folder {folder:?} for a message");
                    io::Error::new(io::ErrorKind::InvalidInput, what)
                })?;
        }
        Ok(accounts)
    }
}
