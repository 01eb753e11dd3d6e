//! Mail providers as data: hosts, ports, kinds of login, names of folders.

use crate::{
    account::protocol::{Protocol, Security},
    folder::Role,
};

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
    /// The names of its folders with a role, for servers that do not tell roles (RFC 6154).
    pub folders: &'static [(&'static str, Role)],
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
    folders: &'static [(&'static str, Role)],
) -> Provider {
    const fn tls(host: &'static str, port: u16) -> Endpoint {
        Endpoint { host, port, security: Security::ImplicitTls }
    }
    let pop3 = match pop3 {
        Some(host) => Some(tls(host, 995)),
        None => None,
    };
    Provider { name, imap: tls(imap, 993), pop3, passwords, folders }
}

/// Exchange in English; it localises the names when the mailbox is made.
const EXCHANGE: &[(&str, Role)] = &[
    ("Sent Items", Role::Sent),
    ("Drafts", Role::Drafts),
    ("Deleted Items", Role::Trash),
    ("Junk Email", Role::Junk),
    ("Junk E-mail", Role::Junk),
    ("Archive", Role::Archive),
];
/// Apple's mail programs make the same names in every language.
const ICLOUD: &[(&str, Role)] = &[
    ("Sent Messages", Role::Sent),
    ("Drafts", Role::Drafts),
    ("Deleted Messages", Role::Trash),
    ("Junk", Role::Junk),
    ("Archive", Role::Archive),
];
const YAHOO: &[(&str, Role)] = &[
    ("Sent", Role::Sent),
    ("Draft", Role::Drafts),
    ("Trash", Role::Trash),
    ("Bulk", Role::Junk),
    ("Bulk Mail", Role::Junk),
    ("Archive", Role::Archive),
];

/// The providers that are known by name.
pub const PROVIDERS: &[Provider] = &[
    provider("office365", "outlook.office365.com", Some("outlook.office365.com"), false, EXCHANGE),
    provider(
        "outlook.com",
        "outlook.office365.com",
        Some("outlook.office365.com"),
        false,
        EXCHANGE,
    ),
    provider("gmail", "imap.gmail.com", Some("pop.gmail.com"), true, &[]),
    provider("icloud", "imap.mail.me.com", None, true, ICLOUD),
    provider("yahoo", "imap.mail.yahoo.com", Some("pop.mail.yahoo.com"), true, YAHOO),
    provider("fastmail", "imap.fastmail.com", Some("pop.fastmail.com"), true, &[]),
];

impl Provider {
    /// The provider with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.name.eq_ignore_ascii_case(name))
    }

    /// The provider with this IMAP server.
    #[must_use]
    pub fn with_host(host: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.imap.host.eq_ignore_ascii_case(host))
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
