//! [`Account`]: where a mailbox is and how to get there.

pub(crate) mod protocol;
mod quirk;
pub(crate) mod timeouts;
mod url;

use crate::{
    error::{Error, Result},
    folder::{Access, FolderName},
    limits::Limits,
    provider::{PROVIDERS, Provider},
    tls::Tls,
};

pub use self::{
    protocol::{Protocol, Security},
    quirk::{Quirk, Quirks},
    timeouts::Timeouts,
};

/// Server, user, trust, limits and timeouts of a mailbox.
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
/// The user may be percent-encoded and may contain an `@`. A password is an error. After the port,
/// `/?folder=NAME&read-only&hide=CAPABILITY,..&quirk=NAME,..&preauth` sets the folder to open, the
/// capabilities to ignore, the [quirks](Quirk) and [`preauth`](Self::preauth), each at most once.
/// An IPv6 address has no zone, which TLS could not verify. `to_string` gives a URL that reads back
/// as the same account, but for trust, limits and timeouts, which no text has.
///
/// ```
/// use mailclient::{Account, Protocol};
///
/// let account: Account = "imaps://alice@example.org@mail.example.org".parse()?;
/// assert_eq!(account.user, "alice@example.org");
/// assert_eq!((account.host.as_str(), account.port), ("mail.example.org", 993));
/// assert_eq!(account.to_string(), "imaps://alice%40example.org@mail.example.org:993");
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
    /// The folder that `connect` opens, and how; `None` opens none. INBOX for reading and writing
    /// by default. POP3 has INBOX only, and a `None` there is INBOX.
    pub open: Option<(FolderName, Access)>,
    /// Capabilities (compared without case) that count as absent although the server announces
    /// them: for extensions that it implements badly.
    /// `CAPA` here: a POP3 server is not asked for them, for one that hangs up then.
    pub hidden_capabilities: Vec<String>,
    /// Habits of the server.
    pub quirks: Quirks,
    /// Accept a server that takes us as logged in from the start (IMAP PREAUTH). Off, because the
    /// session is then that of an unknown user: for tunnels and tests.
    pub preauth: bool,
    /// Whom to trust.
    pub tls: Tls,
    /// What a server can make the client keep.
    pub limits: Limits,
    /// How long to wait.
    pub timeouts: Timeouts,
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
        Self {
            protocol,
            host: host.into(),
            port: standard_port(protocol, security),
            security,
            user: user.into(),
            open: Some((FolderName::inbox(), Access::ReadWrite)),
            hidden_capabilities: Vec::new(),
            quirks: Quirks::new(),
            preauth: false,
            tls: Tls::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }

    /// An account at a [provider](crate::provider) that is known by name.
    ///
    /// # Errors
    /// [`Error::Account`] when the provider is unknown or does not speak the protocol.
    pub fn at(provider: &str, protocol: Protocol, user: impl Into<String>) -> Result<Self> {
        let known = Provider::named(provider).ok_or_else(|| unknown_provider(provider))?;
        let endpoint = known.endpoint(protocol).ok_or_else(|| {
            let protocol = if protocol == Protocol::Pop3 { "POP3" } else { "IMAP" };
            Error::account(format_args!("{provider} does not offer {protocol}"))
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

    /// This account with another folder to open, or with none.
    #[must_use]
    pub fn with_open(mut self, open: Option<(FolderName, Access)>) -> Self {
        self.open = open;
        self
    }

    pub(crate) const fn starts_with_tls(&self) -> bool {
        matches!(self.security, Security::ImplicitTls)
    }

    /// Whether a capability of the server is to be ignored.
    pub(crate) fn hides(&self, capability: &str) -> bool {
        self.hidden_capabilities.iter().any(|hidden| hidden.eq_ignore_ascii_case(capability))
    }
}

fn unknown_provider(name: &str) -> Error {
    let known: Vec<_> = PROVIDERS.iter().map(|provider| provider.name).collect();
    let known = known.join(", ");
    Error::account(format_args!(
        "{name:?} is not a known provider ({known}); use imaps://user@host"
    ))
}

const fn standard_port(protocol: Protocol, security: Security) -> u16 {
    match (protocol, security) {
        (Protocol::Imap, Security::ImplicitTls) => 993,
        (Protocol::Imap, Security::StartTls) => 143,
        (Protocol::Pop3, Security::ImplicitTls) => 995,
        (Protocol::Pop3, Security::StartTls) => 110,
    }
}
