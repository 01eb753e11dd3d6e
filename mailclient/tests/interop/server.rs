//! The real server that `.ci/dovecot.sh` started, as the environment (its `env` file) describes it.

use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A running Dovecot with Maildir stores.
#[derive(Clone, Debug)]
pub struct RealServer {
    /// Port of IMAP without TLS; it offers STARTTLS.
    pub imap: u16,
    /// Port of IMAP with TLS from the first octet on.
    pub imaps: u16,
    /// Port of POP3 without TLS; it offers STLS.
    pub pop3: u16,
    /// Port of POP3 with TLS from the first octet on.
    pub pop3s: u16,
    /// Names and passwords.
    pub users: Vec<(String, String)>,
    /// A bearer token of `alice` that the server accepts.
    pub token: String,
    /// A bearer token of `alice` that expired.
    pub stale_token: String,
    ca: PathBuf,
    mail: PathBuf,
}

impl RealServer {
    /// The host the certificate is for.
    pub const HOST: &str = "localhost";
    /// A loopback address where the same ports show a certificate for another host.
    pub const WRONG_HOST: &str = "127.0.0.2";

    /// Reads `DOVECOT_*`.
    ///
    /// # Panics
    /// When they are not set: these tests mean nothing without the server.
    pub fn from_environment() -> Self {
        let value = |name: &str| {
            env::var(name).unwrap_or_else(|_| {
                panic!("{name} is not set: these tests need a server, `.ci/run servers` starts one and runs them")
            })
        };
        let port = |name: &str| value(name).parse::<u16>().unwrap();
        Self {
            imap: port("DOVECOT_IMAP"),
            imaps: port("DOVECOT_IMAPS"),
            pop3: port("DOVECOT_POP3"),
            pop3s: port("DOVECOT_POP3S"),
            users: value("DOVECOT_USERS")
                .split_whitespace()
                .map(|pair| {
                    let (name, password) = pair.split_once(':').unwrap();
                    (name.to_owned(), password.to_owned())
                })
                .collect(),
            token: value("DOVECOT_TOKEN"),
            stale_token: value("DOVECOT_STALE_TOKEN"),
            ca: value("DOVECOT_CA").into(),
            mail: value("DOVECOT_MAIL").into(),
        }
    }

    /// The root certificate to trust, in PEM.
    pub fn ca_pem(&self) -> Vec<u8> {
        fs::read(&self.ca).unwrap()
    }

    /// The password of `user`.
    pub fn password(&self, user: &str) -> &str {
        &self.users.iter().find(|(name, _)| name == user).unwrap().1
    }

    /// Delivers a message into the INBOX of `user`, behind those that were delivered before it.
    pub fn deliver(&self, user: &str, octets: &[u8]) {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let inbox = self.mail.join(user);
        // The server orders new messages by the seconds at the front of the name.
        let name = format!("{}.M0P1.interop", 1_600_000_000 + number);
        let unfinished = inbox.join("tmp").join(&name);
        fs::File::create(&unfinished)
            .unwrap()
            .write_all(octets)
            .unwrap();
        fs::rename(&unfinished, inbox.join("new").join(&name)).unwrap();
    }

    /// What the server holds in the INBOX of `user`, in the order of delivery, in the form in which it sends it.
    pub fn held(&self, user: &str) -> Vec<Vec<u8>> {
        let mut files: Vec<PathBuf> = ["cur", "new"]
            .iter()
            .flat_map(|folder| fs::read_dir(self.mail.join(user).join(folder)).unwrap())
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort_by_key(|path| seconds(path));
        files
            .iter()
            .map(|path| as_sent(&fs::read(path).unwrap()))
            .collect()
    }
}

fn seconds(path: &Path) -> u64 {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.split('.').next().unwrap().parse().unwrap()
}

/// A line that ends in a lone LF goes out with CRLF; nothing else changes.
pub fn as_sent(stored: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(stored.len() + stored.len() / 32);
    let mut before = 0;
    for &octet in stored {
        if octet == b'\n' && before != b'\r' {
            sent.push(b'\r');
        }
        sent.push(octet);
        before = octet;
    }
    sent
}
