//! The configuration of a server.

use alloc::{string::String, vec::Vec};

use crate::{
    config::{ClearTextCredentials, Transport},
    types::Expire,
};

/// The configuration of a server. `Config::new(transport)`, then change some fields. The answer to
/// CAPA is made from this and from the state.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Config {
    /// What the connection runs over when it begins.
    pub transport: Transport,
    /// May clients log in without TLS? If not, USER and SASL are not announced and are refused.
    pub clear_text_credentials: ClearTextCredentials,
    /// Offer STLS on a clear connection. Default true.
    pub stls: bool,
    /// Offer USER and PASS. Default true.
    pub user: bool,
    /// SASL mechanisms to announce and to accept. Default none.
    pub mechanisms: Vec<String>,
    /// Announce PIPELINING. Default true; pipelined commands are processed either way.
    pub pipelining: bool,
    /// Announce RESP-CODES and AUTH-RESP-CODE. Default true.
    pub resp_codes: bool,
    /// Offer TOP. Default true.
    pub top: bool,
    /// Offer UIDL. Default true.
    pub uidl: bool,
    /// Offer UTF8 (with `USER`). Default false.
    pub utf8: bool,
    /// Languages to offer with LANG. Without any (the default) LANG is not offered.
    pub languages: Vec<Language>,
    /// Announce how long messages are kept.
    pub expire: Option<Expire>,
    /// Announce the least seconds between logins.
    pub login_delay: Option<u32>,
    /// EXPIRE and LOGIN-DELAY may differ by user: before login they are announced with `USER`
    /// ([RFC 2449 sections 6.5 and 6.7](https://www.rfc-editor.org/rfc/rfc2449#section-6.5)).
    /// Default false.
    pub differs_by_user: bool,
    /// Announce this IMPLEMENTATION, after login only.
    pub implementation: Option<String>,
    /// Accept commands that end in a bare LF. Default false: through a proxy that reads line ends
    /// differently, commands could be smuggled.
    pub lf_commands: bool,
    /// Show the name of each command before it is served, as
    /// [`Event::Screen`](super::Event::Screen): for rate limits, logs and tests. Default false.
    pub screen: bool,
    /// Upper bounds.
    pub limits: Limits,
}

impl Config {
    /// The defaults.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            clear_text_credentials: ClearTextCredentials::default(),
            stls: true,
            user: true,
            mechanisms: Vec::new(),
            pipelining: true,
            resp_codes: true,
            top: true,
            uidl: true,
            utf8: false,
            languages: Vec::new(),
            expire: None,
            login_delay: None,
            differs_by_user: false,
            implementation: None,
            lf_commands: false,
            screen: false,
            limits: Limits::default(),
        }
    }
}

/// A language that LANG offers:
/// [RFC 6856 section 3](https://www.rfc-editor.org/rfc/rfc6856#section-3).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Language {
    /// The tag, for example `en`.
    pub tag: String,
    /// Its name in that language.
    pub description: String,
}

impl Language {
    /// A language.
    #[must_use]
    pub fn new(tag: impl Into<String>, description: impl Into<String>) -> Self {
        Self { tag: tag.into(), description: description.into() }
    }
}

/// Upper bounds on what a client can make a server keep or do.
///
/// Values too small for the protocol are raised to the smallest that works: a `command` of 255
/// bytes, which RFC 2449 section 4 obliges a server to accept, an `auth_line` no shorter than a
/// command, and one of everything else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a command, line end included. Default 1,024; RFC 2449 section 4 demands 255.
    pub command: usize,
    /// Bytes of an AUTH command and of a SASL answer, line end included. Default 8,192, because
    /// access tokens are long.
    pub auth_line: usize,
    /// Challenges of one AUTH. Default 8.
    pub sasl_rounds: usize,
    /// After so many commands that are unknown, malformed, too long or in the wrong state the
    /// connection is closed. Default 10.
    pub bad_commands: u32,
    /// With so many bytes waiting to be written, no further request is given and a
    /// [`BodyWriter`](super::BodyWriter) takes no more. Default 64 KiB.
    pub output: usize,
}

impl Limits {
    /// Raises values that are too small for the protocol.
    pub(super) fn clamped(mut self) -> Self {
        self.command = self.command.max(255);
        self.auth_line = self.auth_line.max(self.command);
        self.sasl_rounds = self.sasl_rounds.max(1);
        self.bad_commands = self.bad_commands.max(1);
        self.output = self.output.max(1);
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command: 1024,
            auth_line: 8 * 1024,
            sasl_rounds: 8,
            bad_commands: 10,
            output: 64 * 1024,
        }
    }
}
