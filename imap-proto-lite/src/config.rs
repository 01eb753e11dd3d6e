//! The configuration: transport, consent, limits, quirks. All of it at run time, nothing through
//! cargo features.

use alloc::{string::String, vec::Vec};

/// What the bytes travel over.
///
/// A machine cannot see its transport, so it is told. Credentials in clear text are refused unless
/// [`Config::clear_text_credentials`] allows them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a connection is protected or it is not")]
pub enum Transport {
    /// Without protection. STARTTLS is possible.
    Clear,
    /// TLS, from the first byte or since STARTTLS.
    Tls,
}

impl Transport {
    /// The registered port: 143, and 993 for TLS from the beginning (RFC 8314 section 3.2).
    pub const fn port(self) -> u16 {
        match self {
            Self::Clear => 143,
            Self::Tls => 993,
        }
    }

    /// The service name for an SRV query in DNS, which precedes the domain of a mail address
    /// (RFC 6186 section 3.2). `_imap._tcp` is a server that begins in clear text and may offer
    /// STARTTLS.
    pub const fn srv_service(self) -> &'static str {
        match self {
            Self::Clear => "_imap._tcp",
            Self::Tls => "_imaps._tcp",
        }
    }
}

/// Whether credentials may be sent over [`Transport::Clear`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "consent is given or it is not")]
pub enum ClearTextCredentials {
    /// LOGIN and AUTHENTICATE are a [`SendError::ClearText`](crate::SendError::ClearText) without
    /// TLS.
    #[default]
    Refuse,
    /// Anyone on the network path may read user name and password. For a server on the same
    /// machine, and for tests.
    SendThemInClearText,
}

/// The configuration of a client. `Config::new(transport)`, then change some fields:
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
    /// What the connection runs over when it begins.
    pub transport: Transport,
    /// Whether credentials may travel in clear text. Default: no.
    pub clear_text_credentials: ClearTextCredentials,
    /// Upper bounds of memory and work, against a hostile peer.
    pub limits: Limits,
    /// Tolerances, each for a server that needs it.
    pub quirks: Quirks,
    /// A random number, another one for each connection. Tags follow from it, so that an attacker
    /// cannot prepare a tagged line for a command that has not been sent yet. A machine has no
    /// source of random numbers.
    pub tag_seed: u64,
    /// Capabilities (compared without case) that count as absent although the server announces
    /// them: for extensions that it implements badly. The events still show them.
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

/// Upper bounds. A peer that exceeds one gets
/// [`ProtocolError::TooLong`](crate::ProtocolError::TooLong), a caller gets a
/// [`SendError`](crate::SendError). Values too small for the protocol are raised.
///
/// The depth of a BODYSTRUCTURE is bounded by its type:
/// [`body_structure::MAX_DEPTH`](crate::types::body_structure::MAX_DEPTH). Everything else that
/// nests (THREAD, searches, unknown lists) is read without recursion and bounded by `line`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one response, with inlined literals and without streamed bodies: 16 MiB, enough for
    /// a SEARCH answer of a mailbox with two million messages.
    pub line: usize,
    /// Bytes of one literal inside a line: 1 MiB.
    pub literal: usize,
    /// Bytes of one streamed body. `None` for no limit, which is the default: the machine keeps
    /// nothing of a body.
    pub body: Option<u64>,
    /// Bytes of one chunk of a streamed body: 64 KiB, which is also the maximum.
    pub body_chunk: usize,
    /// Commands that have not been answered yet: 32.
    pub commands_in_flight: usize,
    /// Bytes that `send` queues for one command: 64 KiB. Servers take at least 8,000 (RFC 2683
    /// section 3.2.1.5): split larger sets.
    pub command: usize,
    /// SASL challenges in one AUTHENTICATE: 8. The machine cancels the exchange at the next one.
    pub sasl_rounds: usize,
    /// Bytes of one SASL challenge or answer, as base64: 64 KiB.
    pub sasl_line: usize,
    /// Bytes of an initial response, as base64, on the line of AUTHENTICATE: 4,096. A longer one
    /// waits for the server's `+` (RFC 4959 section 3).
    pub sasl_initial_response: usize,
    /// Continuation requests that no command asked for, from one tagged line to the next: 1,024.
    /// Exchange sends some, which are ignored; one more is
    /// [`Unexpected`](crate::ProtocolError::Unexpected). Inside of AUTHENTICATE none is ignored.
    pub stray_continuations: usize,
    /// Capabilities that are kept: 512. More are dropped.
    pub capabilities: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 16 << 20,
            literal: 1 << 20,
            body: None,
            body_chunk: 64 << 10,
            commands_in_flight: 32,
            command: 64 << 10,
            sasl_rounds: 8,
            sasl_line: 64 << 10,
            sasl_initial_response: 4096,
            stray_continuations: 1024,
            capabilities: 512,
        }
    }
}

impl Limits {
    /// Raises values that are too small for the protocol, and limits chunks to 64 KiB.
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
    /// A lone LF ends a line too. RFC 9051 section 2.2 allows CRLF only, and a strict reader on the
    /// network path sees other lines than we do, so this is for files and home-made servers.
    pub bare_lf: bool,
    /// Never send an initial response on the line of AUTHENTICATE, even if SASL-IR is announced
    /// (RFC 4959). Coremail (163.com, 126.com) announces it and answers BAD
    /// (pimalaya/himalaya#518).
    pub no_initial_response: bool,
    /// Take the extension as enabled if ENABLE is answered with OK but without an untagged ENABLED
    /// (RFC 5161 section 3.2 demands one). iCloud does so for QRESYNC (jstedfast/MailKit#1871).
    pub enabled_without_line: bool,
    /// Send commands whose capability the server does not announce, instead of
    /// [`MissingCapability`](crate::SendError::MissingCapability). For servers that do not announce
    /// all they can do, and for tests of servers.
    pub unannounced: bool,
    /// Never use LITERAL+ or LITERAL- (RFC 7888): every literal waits for its `+`.
    pub synchronising_literals: bool,
}
