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

const fn tls(host: &'static str, port: u16) -> Endpoint {
    Endpoint { host, port, security: Security::ImplicitTls }
}

/// The providers that are known by name.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        name: "office365",
        imap: tls("outlook.office365.com", 993),
        pop3: Some(tls("outlook.office365.com", 995)),
        passwords: false,
    },
    Provider {
        name: "outlook.com",
        imap: tls("outlook.office365.com", 993),
        pop3: Some(tls("outlook.office365.com", 995)),
        passwords: false,
    },
    Provider {
        name: "gmail",
        imap: tls("imap.gmail.com", 993),
        pop3: Some(tls("pop.gmail.com", 995)),
        passwords: true,
    },
    Provider { name: "icloud", imap: tls("imap.mail.me.com", 993), pop3: None, passwords: true },
    Provider {
        name: "yahoo",
        imap: tls("imap.mail.yahoo.com", 993),
        pop3: Some(tls("pop.mail.yahoo.com", 995)),
        passwords: true,
    },
    Provider {
        name: "fastmail",
        imap: tls("imap.fastmail.com", 993),
        pop3: Some(tls("pop.fastmail.com", 995)),
        passwords: true,
    },
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
