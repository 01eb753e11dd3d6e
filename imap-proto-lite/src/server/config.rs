//! The configuration of a server connection.

use alloc::{string::String, vec::Vec};

use crate::config::{ClearTextCredentials, Transport};

/// The configuration of a server connection: `Config::new(transport)`, then change single fields.
///
/// CAPABILITY is made from this and from the state: `AUTH=` from [`mechanisms`](Self::mechanisms),
/// STARTTLS and LOGINDISABLED from `transport` and `clear_text_credentials`, the rest from the two
/// lists.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The transport when the connection begins.
    pub transport: Transport,
    /// Whether clients may log in without TLS. If not, LOGINDISABLED is announced and no mechanism,
    /// and LOGIN and AUTHENTICATE are refused.
    pub clear_text_credentials: ClearTextCredentials,
    /// Offer STARTTLS on a clear connection. Default true.
    pub starttls: bool,
    /// Offer LOGIN. Default true.
    pub login: bool,
    /// SASL mechanisms to announce and to accept. Default none.
    pub mechanisms: Vec<String>,
    /// Capabilities before the login, without `AUTH=`, STARTTLS and LOGINDISABLED.
    /// Default `IMAP4rev1 LITERAL+ SASL-IR ID ENABLE`.
    pub capabilities: Vec<String>,
    /// Capabilities after the login. Default: those that need no more than this machine and a
    /// mailbox with unique identifiers.
    pub capabilities_after_login: Vec<String>,
    /// Send the capabilities in the greeting and in the answer to the login. Default true.
    pub capabilities_unasked: bool,
    /// The answer to the login repeats the capabilities of the greeting, because a proxy that does
    /// not know the server answers: iCloud. CAPABILITY tells the right ones. Default false.
    pub capabilities_stale: bool,
    /// Extensions that ENABLE may switch on. Default none.
    pub enable: Vec<String>,
    /// ENABLE is answered with OK alone, without ENABLED (RFC 5161 section 3.2 demands it): iCloud.
    /// Default false.
    pub enabled_untold: bool,
    /// Commands are answered with NO and this text where BAD is due: Courier. Default none.
    pub bad_is_no: Option<String>,
    /// The answer to ID (RFC 2971). Default none: `NIL`.
    pub id: Vec<(String, String)>,
    /// Accept commands that end in a bare LF. Default false: with a proxy in between that reads
    /// line ends differently, commands could be smuggled.
    pub lf_commands: bool,
    /// Show the name of each command before it is served, as
    /// [`Event::Screen`](super::Event::Screen): for rate limits, logs and tests. Default false.
    pub screen: bool,
    /// Upper bounds.
    pub limits: Limits,
}

impl Config {
    /// The default configuration for a transport.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        let list = |words: &str| words.split(' ').map(String::from).collect::<Vec<_>>();
        Self {
            transport,
            clear_text_credentials: ClearTextCredentials::default(),
            starttls: true,
            login: true,
            mechanisms: Vec::new(),
            capabilities: list("IMAP4rev1 LITERAL+ SASL-IR ID ENABLE"),
            capabilities_after_login: list(
                "IMAP4rev1 LITERAL+ ID ENABLE IDLE NAMESPACE UIDPLUS UNSELECT MOVE \
                 CHILDREN SPECIAL-USE",
            ),
            capabilities_unasked: true,
            capabilities_stale: false,
            enable: Vec::new(),
            enabled_untold: false,
            bad_is_no: None,
            id: Vec::new(),
            lf_commands: false,
            screen: false,
            limits: Limits::default(),
        }
    }
}

/// Upper bounds on what a client can make a server keep or do.
///
/// A `command` below 64 bytes counts as 64, and a `body_chunk` as at least 16 bytes and at most
/// 64 KiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a command with its literals, the message of APPEND not counted. Default 64 KiB;
    /// RFC 2683 section 3.2.1.5 demands 8,000.
    pub command: usize,
    /// Bytes of one literal in a command. Default 32 KiB.
    pub literal: usize,
    /// Bytes of the message of an APPEND. Default 128 MiB.
    pub message: u64,
    /// Bytes of one [`AppendData`](super::Event::AppendData). Default 64 KiB.
    pub body_chunk: usize,
    /// Bytes of a SASL answer, in base64. Default 64 KiB: access tokens are long.
    pub sasl_line: usize,
    /// Challenges of one AUTHENTICATE. Default 8.
    pub sasl_rounds: usize,
    /// Commands in a row that are unknown, malformed or in the wrong state, before the connection
    /// is closed. Default 16.
    pub bad_commands: usize,
    /// Bytes that may be queued before no further request is produced and a
    /// [`BodyWriter`](super::BodyWriter) takes no more. Default 256 KiB.
    pub output: usize,
    /// Bytes of updates that may wait until they can be sent. Default 1 MiB.
    pub updates: usize,
}

impl Limits {
    /// The limits, with none so small that the protocol could not be spoken.
    pub(super) fn clamped(mut self) -> Self {
        self.command = self.command.max(64);
        self.body_chunk = self.body_chunk.clamp(16, 64 << 10);
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command: 64 << 10,
            literal: 32 << 10,
            message: 128 << 20,
            body_chunk: 64 << 10,
            sasl_line: 64 << 10,
            sasl_rounds: 8,
            bad_commands: 16,
            output: 256 << 10,
            updates: 1 << 20,
        }
    }
}
