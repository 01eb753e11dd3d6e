//! The configuration of a client: transport, consent, limits and quirks.

/// What the bytes travel over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a connection is protected or it is not")]
pub enum Transport {
    /// Without protection (port 110 before STLS).
    Clear,
    /// TLS (port 995, or after STLS).
    Tls,
}

impl Transport {
    /// The registered port: 110, and 995 for TLS from the beginning
    /// ([RFC 8314 section 3.1](https://www.rfc-editor.org/rfc/rfc8314#section-3.1)).
    pub const fn port(self) -> u16 {
        match self {
            Self::Clear => 110,
            Self::Tls => 995,
        }
    }

    /// The service name for an SRV query in DNS, which precedes the domain of a mail address:
    /// [RFC 6186 section 3.3](https://www.rfc-editor.org/rfc/rfc6186#section-3.3). `_pop3._tcp` is
    /// a server that begins in clear text and may offer STLS.
    pub const fn srv_service(self) -> &'static str {
        match self {
            Self::Clear => "_pop3._tcp",
            Self::Tls => "_pop3s._tcp",
        }
    }
}

/// Whether credentials may be sent over [`Transport::Clear`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "a consent is given or it is not")]
pub enum ClearTextCredentials {
    /// USER, PASS, APOP and AUTH are a [`SendError::ClearText`](crate::SendError::ClearText)
    /// without TLS.
    #[default]
    Refuse,
    /// Anyone on the network path may read user name and password. For a server on the same
    /// machine, and for tests.
    SendThemInClearText,
}

/// The configuration of a client. `Config::new(transport)`, then change some fields:
///
/// ```
/// use pop3_proto::{Config, Transport};
/// let mut config = Config::new(Transport::Tls);
/// config.limits.listing_items = 50_000;
/// config.quirks.auth_in_two_lines = true;
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Config {
    /// What the connection runs over when it begins.
    pub transport: Transport,
    /// May credentials be sent without TLS?
    pub clear_text_credentials: ClearTextCredentials,
    /// Upper bounds.
    pub limits: Limits,
    /// Leniency and strictness.
    pub quirks: Quirks,
}

impl Config {
    /// Default limits, default quirks, and no credentials in clear text.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            clear_text_credentials: ClearTextCredentials::default(),
            limits: Limits::default(),
            quirks: Quirks::default(),
        }
    }
}

/// Upper bounds on what a server can make this side keep or do.
///
/// Values too small for the protocol are raised to the smallest that works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a status line or of the greeting, line end included. Default 8,192; RFC 2449
    /// section 4 allows servers 512.
    pub status_line: usize,
    /// Bytes of a line of LIST, CAPA, LANG or a raw command, line end included. Default 2,048.
    pub listing_line: usize,
    /// Bytes of a unique-id. Default 1,024; RFC 1939 section 7 allows 70, and servers send more.
    pub unique_id: usize,
    /// Items of one LIST or UIDL. Default 1,000,000.
    pub listing_items: u64,
    /// Lines of one CAPA. Default 64.
    pub capability_lines: usize,
    /// Bytes of all lines of one CAPA. Default 16 KiB.
    pub capability_octets: usize,
    /// Lines of one LANG listing. Default 1,024.
    pub language_lines: u64,
    /// Bytes of one decoded SASL challenge, and of one SASL answer. Default 64 KiB.
    pub sasl_octets: usize,
    /// Challenges of one AUTH. Default 8. The machine cancels the exchange at the next one.
    pub sasl_rounds: usize,
    /// Bytes of one message, stuffed dots removed. `None` for no limit, which is the default: the
    /// machine keeps nothing of a body.
    pub body: Option<u64>,
    /// Bytes of one [`Body`](crate::client::Event::Body) event. Default 64 KiB, which is also the
    /// most.
    pub body_chunk: usize,
    /// A body chunk of fewer bytes is copied out of the input buffer, so that a short message does
    /// not keep a large buffer alive. Default 4,096.
    pub copy_below: usize,
    /// Bytes of one command, line end included. Default 255: RFC 2449 section 4 obliges servers to
    /// accept no more. A SASL answer is not a command.
    pub command: usize,
    /// Commands accepted and not answered yet. Default 32.
    pub commands_in_flight: usize,
    /// Bytes of the commands accepted and not answered yet. Default 4,096.
    pub octets_in_flight: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            status_line: 8 * 1024,
            listing_line: 2 * 1024,
            unique_id: 1024,
            listing_items: 1_000_000,
            capability_lines: 64,
            capability_octets: 16 * 1024,
            language_lines: 1024,
            sasl_octets: 64 * 1024,
            sasl_rounds: 8,
            body: None,
            body_chunk: 64 * 1024,
            copy_below: 4 * 1024,
            command: 255,
            commands_in_flight: 32,
            octets_in_flight: 4 * 1024,
        }
    }
}

impl Limits {
    /// Raises values that are too small for the protocol, and cuts the body chunk to 64 KiB.
    pub(crate) fn clamped(mut self) -> Self {
        self.status_line = self.status_line.max(16);
        self.listing_line = self.listing_line.max(16);
        self.unique_id = self.unique_id.max(1);
        self.listing_items = self.listing_items.max(1);
        self.sasl_octets = self.sasl_octets.max(16);
        self.sasl_rounds = self.sasl_rounds.max(1);
        self.body_chunk = self.body_chunk.clamp(16, 64 * 1024);
        self.command = self.command.max(16);
        self.commands_in_flight = self.commands_in_flight.max(1);
        self.octets_in_flight = self.octets_in_flight.max(self.command);
        self
    }
}

/// Deviations from the RFCs that a caller can switch on for a server that needs them, and
/// strictness for tools that judge servers. Harmless deviations are tolerated without a switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Quirks {
    /// Always send AUTH in two lines, although
    /// [RFC 5034 section 4](https://www.rfc-editor.org/rfc/rfc5034#section-4) allows an initial
    /// response on the first line if it fits. XOAUTH2 and OAUTHBEARER use two lines without this
    /// switch, because Exchange Online closes the connection on the one-line form.
    pub auth_in_two_lines: bool,
    /// Send an initial response of XOAUTH2 and OAUTHBEARER on the AUTH line if it fits. For a
    /// server that does not send the `+` of the two-line form.
    pub oauth_in_one_line: bool,
    /// Refuse AUTH with a mechanism that the server's CAPA did not list. Off, because some servers
    /// accept XOAUTH2 and leave it out of CAPA.
    pub only_advertised_mechanisms: bool,
    /// Take a `+OK` in place of the first `+` of AUTH as a challenge, as Exchange 2003 sent it for
    /// NTLM. Off: a `+OK` before the client has sent anything, or after it has cancelled with `*`,
    /// is a false success and an [`Unexpected`](crate::ProtocolError::Unexpected).
    pub ok_is_first_challenge: bool,
    /// Read the answer to `LIST n` and `UIDL n` as the multi-line form. Some small servers (mailpit
    /// in some versions) send it, against
    /// [RFC 1939 section 5](https://www.rfc-editor.org/rfc/rfc1939#section-5).
    pub single_listing_is_multi: bool,
    /// Remove a single dot at the beginning of a line of a body, as
    /// [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3) says to the letter.
    /// Off: a dot is kept unless another dot or the line end follows. For a server that stuffs dots
    /// this makes no difference, and it loses nothing of one that does not (hMailServer and
    /// GreenMail in TOP).
    pub strip_single_dot: bool,
    /// Send user names and passwords that are not ASCII although the server did not announce `UTF8
    /// USER` ([RFC 6856 section 2.2](https://www.rfc-editor.org/rfc/rfc6856#section-2.2) forbids
    /// it). For servers that take any bytes.
    pub utf8_credentials: bool,
    /// End the session with [`Malformed`](crate::ProtocolError::Malformed) at a line of LIST or
    /// UIDL that does not parse, and at message numbers that are not the next one while no message
    /// was deleted. For tools that judge servers. Off: such a line is an
    /// [`Unrecognized`](crate::client::Event::Unrecognized) event and the session goes on.
    pub strict_listings: bool,
    /// Send commands whose capability the server does not announce, instead of
    /// [`MissingCapability`](crate::SendError::MissingCapability). Some servers have UIDL and leave
    /// it out of CAPA (GreenMail).
    pub unannounced: bool,
}
