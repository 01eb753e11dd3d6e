//! Mail providers as data: hosts, ports and kinds of login.

use crate::account::protocol::{Protocol, Security};

/// A mail provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provider {
    /// Its name in an account: `office365`.
    pub name: &'static str,
    /// The IMAP server.
    pub imap: Endpoint,
    /// The POP3 server, if there is one.
    pub pop3: Option<Endpoint>,
    /// Whether it accepts passwords. Exchange Online takes tokens only.
    pub passwords: bool,
}

/// A host, a port and how TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// The host name; the certificate must be valid for it.
    pub host: &'static str,
    /// The TCP port.
    pub port: u16,
    /// How TLS begins.
    pub security: Security,
}

/// A provider whose servers have the standard ports and start with TLS.
const fn provider(
    name: &'static str,
    imap: &'static str,
    pop3: Option<&'static str>,
    passwords: bool,
) -> Provider {
    const fn tls(host: &'static str, port: u16) -> Endpoint {
        Endpoint { host, port, security: Security::ImplicitTls }
    }
    let pop3 = match pop3 {
        Some(host) => Some(tls(host, 995)),
        None => None,
    };
    Provider { name, imap: tls(imap, 993), pop3, passwords }
}

/// The providers that are known by name.
pub const PROVIDERS: &[Provider] = &[
    provider("office365", "outlook.office365.com", Some("outlook.office365.com"), false),
    provider("outlook.com", "outlook.office365.com", Some("outlook.office365.com"), false),
    provider("gmail", "imap.gmail.com", Some("pop.gmail.com"), true),
    provider("icloud", "imap.mail.me.com", None, true),
    provider("yahoo", "imap.mail.yahoo.com", Some("pop.mail.yahoo.com"), true),
    provider("fastmail", "imap.fastmail.com", Some("pop.fastmail.com"), true),
];

impl Provider {
    /// The provider with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.name.eq_ignore_ascii_case(name))
    }

    /// Its server for a protocol.
    #[must_use]
    pub const fn endpoint(&self, protocol: Protocol) -> Option<Endpoint> {
        match protocol {
            Protocol::Imap => Some(self.imap),
            Protocol::Pop3 => self.pop3,
        }
    }
}
