//! What the caller decides: transport, consent, limits, quirks. All of it at run time, nothing through cargo features.

use alloc::{string::String, vec::Vec};

/// How the octets travel.
///
/// A machine cannot see its transport, so it is told: credentials in clear text are refused unless
/// [`Config::clear_text_credentials`] says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "octets are protected or they are not")]
pub enum Transport {
    /// Nothing protects the octets. STARTTLS is possible.
    Clear,
    /// TLS, from the first octet or since STARTTLS.
    Tls,
}

impl Transport {
    /// The port that is registered for it: 143, and 993 for TLS from the beginning (RFC 8314 section 3.2).
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Clear => 143,
            Self::Tls => 993,
        }
    }

    /// What stands before the domain of a mail address where DNS is asked for its server by an SRV record (RFC 6186 section 3.2). `_imap._tcp` stands for a
    /// server that begins in clear text and may offer STARTTLS.
    #[must_use]
    pub const fn srv_service(self) -> &'static str {
        match self {
            Self::Clear => "_imap._tcp",
            Self::Tls => "_imaps._tcp",
        }
    }
}

/// Consent to send a password or token over an unprotected connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "consent is given or it is not")]
pub enum ClearTextCredentials {
    /// `send` answers [`SendError::ClearText`](crate::SendError::ClearText) and nothing leaves.
    #[default]
    Refuse,
    /// Whoever reads along has the account. For a server on this very machine, or a test.
    SendThemInClearText,
}

/// Everything that a connection is told at its start.
///
/// ```
/// use imap_proto_lite::{Config, Transport};
///
/// let mut config = Config::new(Transport::Tls);
/// config.tag_seed = 0x5eed; // take this from the operating system's random numbers
/// config.limits.line = 1 << 20;
/// config.hidden_capabilities.push("COMPRESS=DEFLATE".into());
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Config {
    /// How the octets travel at the start.
    pub transport: Transport,
    /// Whether credentials may travel in clear text. Default: no.
    pub clear_text_credentials: ClearTextCredentials,
    /// Upper bounds of all that a peer can make us hold or do.
    pub limits: Limits,
    /// Tolerances, each for a server that needs it.
    pub quirks: Quirks,
    /// Random number of the caller, another one for each connection. Tags follow from it, so that nobody can
    /// prepare a tagged line for a command that was not sent yet. A machine has no source of randomness of its own.
    pub tag_seed: u64,
    /// Capabilities (compared without case) that shall count as absent though the server announces them: for
    /// extensions that a server advertises and does badly. They stay visible in the server's own lines.
    pub hidden_capabilities: Vec<String>,
}

impl Config {
    /// The defaults for a transport.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            clear_text_credentials: ClearTextCredentials::Refuse,
            limits: Limits::default(),
            quirks: Quirks::default(),
            tag_seed: 0,
            hidden_capabilities: Vec::new(),
        }
    }
}

/// Upper bounds. A peer that goes beyond one gets [`ProtocolError::TooLong`](crate::ProtocolError::TooLong); what the caller gives
/// gets a [`SendError`](crate::SendError). Values so small that nothing could be said are raised.
///
/// How deep a BODYSTRUCTURE may be nested is a promise of its type and no field:
/// [`body_structure::MAX_DEPTH`](crate::types::body_structure::MAX_DEPTH). Everything else that nests (THREAD, searches, unknown lists) is read without
/// recursion and bounded by `line`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of one response, inlined literals included and streamed bodies not:
    /// 16 MiB, room for a SEARCH answer of a mailbox with two million messages.
    pub line: usize,
    /// Octets of one literal inside a line: 1 MiB.
    pub literal: usize,
    /// Octets of one streamed body: no bound, because nothing of it is held.
    pub body: u64,
    /// Octets of one chunk of a streamed body: 64 KiB, which is also the most.
    pub body_chunk: usize,
    /// Commands without their tagged line: 32.
    pub commands_in_flight: usize,
    /// Octets that `send` queues for one command: 64 KiB. Servers take at least 8,000 (RFC 2683 section 3.2.1.5);
    /// split larger sets, see [`Quirks`] of the provider.
    pub command: usize,
    /// SASL challenges in one AUTHENTICATE: 8. One more and the machine cancels the exchange.
    pub sasl_rounds: usize,
    /// Octets of one SASL challenge or answer, as base64: 64 KiB.
    pub sasl_line: usize,
    /// Octets of an initial response, as base64, that may stand on the AUTHENTICATE line itself; a longer one waits
    /// for the server's `+` (RFC 4959 section 3): 4,096.
    pub sasl_initial_response: usize,
    /// Continuation requests that nobody asked for, in one connection: 64. Exchange sends some; they are ignored.
    pub stray_continuations: usize,
    /// Capabilities that are remembered: 512. The excess is dropped.
    pub capabilities: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 16 << 20,
            literal: 1 << 20,
            body: u64::MAX,
            body_chunk: 64 << 10,
            commands_in_flight: 32,
            command: 64 << 10,
            sasl_rounds: 8,
            sasl_line: 64 << 10,
            sasl_initial_response: 4096,
            stray_continuations: 64,
            capabilities: 512,
        }
    }
}

impl Limits {
    /// The same with no value so small that the protocol could not be spoken at all, nor a chunk above 64 KiB.
    pub(crate) fn clamped(mut self) -> Self {
        // Offsets of streamed bodies are 32 bits wide.
        self.line = self.line.clamp(16, u32::MAX as usize);
        self.body_chunk = self.body_chunk.clamp(16, 64 << 10);
        self.commands_in_flight = self.commands_in_flight.max(1);
        self.command = self.command.max(32);
        self.sasl_rounds = self.sasl_rounds.max(1);
        self.sasl_line = self.sasl_line.max(16);
        self
    }
}

/// Tolerances and habits that a server needs. All are off by default.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub struct Quirks {
    /// A lone LF ends a line too. RFC 9051 section 2.2 knows CRLF only, and a reader in between that holds to it
    /// sees other lines than we do; so this is for files and for home-made servers.
    pub bare_lf: bool,
    /// Never put an initial response on the AUTHENTICATE line, though SASL-IR is announced (RFC 4959). Coremail
    /// (163.com, 126.com) announces it and answers BAD (pimalaya/himalaya#518).
    pub no_initial_response: bool,
    /// Take the extension as enabled when ENABLE is answered with OK and without an untagged ENABLED
    /// (RFC 5161 section 3.2 wants one). iCloud does so for QRESYNC (jstedfast/MailKit#1871).
    pub enabled_without_line: bool,
    /// Send commands whose capability the server does not announce, instead of
    /// [`MissingCapability`](crate::SendError::MissingCapability). For servers that hide what they can do, and for tests of servers.
    pub unannounced: bool,
    /// Never use LITERAL+ or LITERAL- (RFC 7888): every literal waits for its `+`.
    pub synchronising_literals: bool,
}
