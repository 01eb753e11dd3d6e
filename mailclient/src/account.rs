//! [`Account`]: where a mailbox is and how to get there.

use std::{fmt, num::NonZeroU16, str::FromStr, time::Duration};

use crate::{
    error::{Error, Result},
    message::percent_decode,
    provider::Provider,
    tls::Tls,
};

/// The protocol of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// IMAP4rev1 or IMAP4rev2 (RFC 3501, RFC 9051).
    Imap,
    /// POP3 (RFC 1939).
    Pop3,
}

/// How TLS begins. There is no fall-back and no clear text (RFC 8314).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Security {
    /// The connection starts with TLS: ports 993 and 995.
    ImplicitTls,
    /// The connection starts in clear and is upgraded (STARTTLS, STLS) before anything else: ports
    /// 143 and
    /// 110. A server that does not offer it gets no credentials.
    StartTls,
}

/// Server, user, trust and timeouts of a mailbox.
///
/// | text | meaning |
/// |---|---|
/// | `imaps://user@host[:port]` | IMAP, TLS from the start, port 993 |
/// | `pop3s://user@host[:port]` | POP3, TLS from the start, port 995 |
/// | `imap+starttls://user@host[:port]` | IMAP, upgraded by STARTTLS, port 143 |
/// | `pop3+stls://user@host[:port]` | POP3, upgraded by STLS, port 110 |
/// | `office365:user@domain` | a [provider](crate::provider) by name, IMAP |
/// | `office365+pop3:user@domain` | the same, POP3 |
///
/// The user may be percent-encoded and may contain an `@`. A password is an error.
///
/// ```
/// use mailclient::{Account, Protocol};
///
/// let account: Account = "imaps://alice@example.org@mail.example.org".parse()?;
/// assert_eq!(account.user, "alice@example.org");
/// assert_eq!((account.host.as_str(), account.port), ("mail.example.org", 993));
/// let account: Account = "office365:alice@contoso.com".parse()?;
/// assert_eq!(account.protocol, Protocol::Imap);
/// assert_eq!(account.host, "outlook.office365.com");
/// # Ok::<(), mailclient::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// The protocol.
    pub protocol: Protocol,
    /// The host to connect to; its certificate must bear this name.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// How TLS begins.
    pub security: Security,
    /// The login name.
    pub user: String,
    /// Whom to trust.
    pub tls: Tls,
    /// How long to wait.
    pub timeouts: Timeouts,
}

/// The longest waits. An answer may take any time while bytes move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For the TCP connection, and again for the TLS handshake.
    pub connect: Duration,
    /// For the server's first line.
    pub greeting: Duration,
    /// In the login, without a byte moving; some servers take minutes.
    pub login: Duration,
    /// In any later command, without a byte moving.
    pub command: Duration,
    /// How long one IDLE lasts before it is renewed; RFC 2177 allows at most 29 minutes.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            greeting: Duration::from_secs(30),
            login: Duration::from_secs(60),
            command: Duration::from_secs(60),
            idle: Duration::from_secs(9 * 60),
        }
    }
}

impl Account {
    /// An account with the standard port.
    #[must_use]
    pub fn new(
        protocol: Protocol,
        security: Security,
        host: impl Into<String>,
        user: impl Into<String>,
    ) -> Self {
        let port = match (protocol, security) {
            (Protocol::Imap, Security::ImplicitTls) => 993,
            (Protocol::Imap, Security::StartTls) => 143,
            (Protocol::Pop3, Security::ImplicitTls) => 995,
            (Protocol::Pop3, Security::StartTls) => 110,
        };
        Self {
            protocol,
            host: host.into(),
            port,
            security,
            user: user.into(),
            tls: Tls::default(),
            timeouts: Timeouts::default(),
        }
    }

    /// An account at a [provider](crate::provider) that is known by name.
    ///
    /// # Errors
    /// [`Error::Account`] when the provider is unknown or does not speak the protocol.
    pub fn at(provider: &str, protocol: Protocol, user: impl Into<String>) -> Result<Self> {
        let known = Provider::named(provider)
            .ok_or_else(|| Error::account(format_args!("{provider:?} is not a known provider")))?;
        let endpoint = known.endpoint(protocol).ok_or_else(|| {
            Error::account(format_args!("{provider} does not offer this protocol"))
        })?;
        let mut account = Self::new(protocol, endpoint.security, endpoint.host, user);
        account.port = endpoint.port;
        Ok(account)
    }

    /// This account with another TLS configuration.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// This account with other timeouts.
    #[must_use]
    pub const fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    fn from_url(scheme: &str, rest: &str) -> Result<Self> {
        let (protocol, security) = match scheme.to_ascii_lowercase().as_str() {
            "imaps" => (Protocol::Imap, Security::ImplicitTls),
            "pop3s" | "pops" => (Protocol::Pop3, Security::ImplicitTls),
            "imap+starttls" => (Protocol::Imap, Security::StartTls),
            "pop3+stls" | "pop3+starttls" => (Protocol::Pop3, Security::StartTls),
            "imap" | "pop3" | "pop" => {
                return Err(Error::account(format_args!(
                    "{scheme}:// would send the password in clear text: \
                     use imaps://, pop3s://, imap+starttls:// or pop3+stls://"
                )));
            }
            _ => {
                return Err(Error::account(format_args!(
                    "{scheme:?} is not a scheme this client knows"
                )));
            }
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        // The last `@`: a login name often has one itself.
        let (user, host) = authority
            .rsplit_once('@')
            .ok_or_else(|| Error::account("the URL lacks a user: imaps://user@host"))?;
        if user.contains(':') {
            return Err(Error::account(
                "a password has no place in the URL (write a colon in the user name as %3A)",
            ));
        }
        let user = percent_decode(user)
            .and_then(|octets| String::from_utf8(octets).ok())
            .filter(|user| !user.is_empty() && !user.chars().any(char::is_control))
            .ok_or_else(|| Error::account("the user in the URL cannot be read"))?;
        let (host, port) =
            split_port(host).ok_or_else(|| Error::account("the host in the URL cannot be read"))?;
        let mut account = Self::new(protocol, security, host, user);
        account.port = port.unwrap_or(account.port);
        Ok(account)
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map(str::parse::<NonZeroU16>).transpose().ok()?.map(NonZeroU16::get);
    let sane = |character: char| character.is_ascii_alphanumeric() || "-._:%".contains(character);
    (!host.is_empty() && host.chars().all(sane)).then_some((host, port))
}

impl FromStr for Account {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some((scheme, rest)) = text.split_once("://") {
            return Self::from_url(scheme, rest);
        }
        let (provider, user) = text.split_once(':').ok_or_else(|| {
            Error::account(
                "an account is a URL (imaps://user@host) or provider:user (office365:user@domain)",
            )
        })?;
        if user.is_empty() || user.chars().any(char::is_control) {
            return Err(Error::account("the account lacks a user"));
        }
        match provider.rsplit_once('+') {
            Some((provider, "pop3")) => Self::at(provider, Protocol::Pop3, user),
            Some((provider, "imap")) => Self::at(provider, Protocol::Imap, user),
            _ => Self::at(provider, Protocol::Imap, user),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match (self.protocol, self.security) {
            (Protocol::Imap, Security::ImplicitTls) => "imaps",
            (Protocol::Imap, Security::StartTls) => "imap+starttls",
            (Protocol::Pop3, Security::ImplicitTls) => "pop3s",
            (Protocol::Pop3, Security::StartTls) => "pop3+stls",
        };
        write!(f, "{scheme}://{}@{}:{}", self.user, self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Protocol, Security};

    #[test]
    fn urls() {
        let rows = [
            ("imaps://a@h", Protocol::Imap, Security::ImplicitTls, "a", "h", 993),
            ("IMAPS://a@h:1993/", Protocol::Imap, Security::ImplicitTls, "a", "h", 1993),
            ("pop3s://a%40b@h", Protocol::Pop3, Security::ImplicitTls, "a@b", "h", 995),
            ("imap+starttls://a@b@h", Protocol::Imap, Security::StartTls, "a@b", "h", 143),
            (
                "pop3+stls://a%3Ab@[::1]:1110",
                Protocol::Pop3,
                Security::StartTls,
                "a:b",
                "::1",
                1110,
            ),
            (
                "office365:a@b",
                Protocol::Imap,
                Security::ImplicitTls,
                "a@b",
                "outlook.office365.com",
                993,
            ),
            (
                "Office365+pop3:a@b",
                Protocol::Pop3,
                Security::ImplicitTls,
                "a@b",
                "outlook.office365.com",
                995,
            ),
        ];
        for (text, protocol, security, user, host, port) in rows {
            let account: Account = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((account.protocol, account.security), (protocol, security), "{text}");
            assert_eq!(
                (account.user.as_str(), account.host.as_str(), account.port),
                (user, host, port),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let rows = [
            ("imap://a@h", "clear text"),
            ("pop3://a@h", "clear text"),
            ("imaps://a:secret@h", "password has no place"),
            ("imaps://h", "lacks a user"),
            ("imaps://a@", "host"),
            ("imaps://a@h:0", "host"),
            ("imaps://a@h:99999", "host"),
            ("imaps://a@h/INBOX", "host"),
            ("imaps://a%0d%0ab@h", "user"),
            ("imaps://%ff@h", "user"),
            ("smtp://a@h", "scheme"),
            ("nowhere:a@b", "provider"),
            ("icloud+pop3:a@b", "protocol"),
            ("office365:", "lacks a user"),
            ("alice", "URL"),
        ];
        for (text, reason) in rows {
            let error =
                text.parse::<Account>().map(|account| account.to_string()).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(!error.contains("secret"), "{text}: {error}");
        }
    }
}
