//! What responses carry: response codes, timestamps, listings, unique-ids.

use alloc::{boxed::Box, string::String};
use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use bytes::Bytes;

use crate::{
    command::MessageNumber,
    event::{Status, Text},
};

/// An extended response code: [RFC 2449 section 8](https://www.rfc-editor.org/rfc/rfc2449#section-8),
/// [RFC 3206](https://www.rfc-editor.org/rfc/rfc3206), [RFC 6856 section 5](https://www.rfc-editor.org/rfc/rfc6856#section-5).
///
/// Codes are hierarchical: of `[SYS/PERM/DISK]` the known part `SYS/PERM` counts.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseCode {
    /// `IN-USE`: another session holds the maildrop.
    InUse,
    /// `LOGIN-DELAY`: too soon after the last login.
    LoginDelay,
    /// `SYS/TEMP`: the server cannot, for now.
    SysTemp,
    /// `SYS/PERM`: the server cannot, until a person has done something.
    SysPerm,
    /// `SYS` with another second level or none.
    Sys,
    /// `AUTH`: the credentials are wrong.
    Auth,
    /// `UTF8`: the message needs UTF-8 mode.
    Utf8,
    /// Another code, without its brackets. Taken as one only from a server that announced `RESP-CODES`; else it stays in the text.
    Other(Bytes),
}

/// What a refusal asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Retry {
    /// Other credentials.
    WithOtherCredentials,
    /// The same again, later.
    Later,
    /// A person: the same again will not help.
    AskAPerson,
    /// Nobody knows.
    Unknown,
}

impl ResponseCode {
    /// What a refusal with this code asks for.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Auth => Retry::WithOtherCredentials,
            Self::InUse | Self::LoginDelay | Self::SysTemp => Retry::Later,
            Self::SysPerm => Retry::AskAPerson,
            Self::Sys | Self::Utf8 | Self::Other(_) => Retry::Unknown,
        }
    }

    /// The code without its brackets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::InUse => b"IN-USE",
            Self::LoginDelay => b"LOGIN-DELAY",
            Self::SysTemp => b"SYS/TEMP",
            Self::SysPerm => b"SYS/PERM",
            Self::Sys => b"SYS",
            Self::Auth => b"AUTH",
            Self::Utf8 => b"UTF8",
            Self::Other(code) => code,
        }
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::excerpt(self.as_bytes()).fmt(f)
    }
}

impl fmt::Debug for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

impl Retry {
    /// A guess from the words of a refusal without a code, for servers that lock a maildrop and say so only in prose. A guess: it
    /// may be shown or delay a try, it must not decide about credentials.
    #[must_use]
    pub fn guess(text: &Text) -> Self {
        const LATER: [&[u8]; 8] = [
            b"lock",
            b"in use",
            b"busy",
            b"wait",
            b"try again",
            b"too many",
            b"temporar",
            b"service unavailable",
        ];
        let holds = |word: &[u8]| {
            text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
        };
        if LATER.into_iter().any(holds) { Self::Later } else { Self::Unknown }
    }
}

/// The timestamp of a greeting, angle brackets included: a `msg-id`, different each time.
/// [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7), APOP.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Timestamp(pub(crate) Box<[u8]>);

impl Timestamp {
    /// Checks the form `<left@right>` and takes a copy.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        crate::parse::timestamp(text.as_bytes())
            .filter(|found| found.len() == text.len())
            .map(|found| Self(found.into()))
    }

    /// The octets, angle brackets included.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::excerpt(&self.0).fmt(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::excerpt(&self.0).fmt(f)
    }
}

/// The unique-id of a message: opaque octets, the same in every session, never reused while the message is there.
/// [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7).
///
/// It is no file name: it may hold `/`, spaces and 8-bit octets. [`to_hex`](Self::to_hex) is one.
#[derive(Clone)]
pub struct UniqueId(Octets);

/// Short ones are copied: a program that keeps the unique-ids of a maildrop then keeps no input buffers alive with them.
#[derive(Clone)]
enum Octets {
    Short { length: u8, octets: [u8; UniqueId::SHORT] },
    Long(Bytes),
}

impl UniqueId {
    /// Octets that need no room of their own.
    const SHORT: usize = 38;

    /// Checks that the octets can stand in a listing: 1 to 1,024 of them, no CR, LF or NUL, no space at either end.
    #[must_use]
    pub fn new(octets: impl Into<Bytes>) -> Option<Self> {
        let octets = octets.into();
        let edge = |octet: Option<&u8>| matches!(octet, None | Some(b' ' | b'\t'));
        let fits = octets.len() <= 1024
            && !edge(octets.first())
            && !edge(octets.last())
            && !octets.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0));
        fits.then(|| Self::short(&octets).unwrap_or(Self(Octets::Long(octets))))
    }

    /// A copy of few octets.
    pub(crate) fn short(octets: &[u8]) -> Option<Self> {
        let mut short = [0; Self::SHORT];
        short.get_mut(..octets.len())?.copy_from_slice(octets);
        let length = u8::try_from(octets.len()).ok()?;
        Some(Self(Octets::Short { length, octets: short }))
    }

    /// Octets that were checked before.
    pub(crate) fn from_line(octets: Bytes) -> Self {
        Self::short(&octets).unwrap_or(Self(Octets::Long(octets)))
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Octets::Short { length, octets } => {
                octets.get(..usize::from(*length)).unwrap_or_default()
            }
            Octets::Long(octets) => octets,
        }
    }

    /// Has it the form that the RFC demands: 1 to 70 octets of 0x21 to 0x7E?
    #[must_use]
    pub fn is_conforming(&self) -> bool {
        (1..=70).contains(&self.as_bytes().len())
            && self.as_bytes().iter().all(u8::is_ascii_graphic)
    }

    /// The octets in lower-case hexadecimal: safe as part of a file name and different for different ids.
    #[must_use]
    pub fn to_hex(&self) -> String {
        use fmt::Write as _;
        let mut hex = String::with_capacity(self.as_bytes().len() * 2);
        for octet in self.as_bytes() {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{octet:02x}");
        }
        hex
    }
}

impl PartialEq for UniqueId {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for UniqueId {}

impl Hash for UniqueId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl PartialOrd for UniqueId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UniqueId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::excerpt(self.as_bytes()).fmt(f)
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UniqueId({:?})", Text::excerpt(self.as_bytes()))
    }
}

/// First line of an answer, borrowed: what [`parse`](crate::parse) makes of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Response<'a> {
    /// `+OK` or `-ERR`.
    Status(StatusLine<'a>),
    /// `+` and the base64 of a SASL challenge, not decoded.
    Challenge(&'a [u8]),
}

/// A status indicator and what follows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct StatusLine<'a> {
    /// `+OK` or `-ERR`.
    pub status: Status,
    /// Everything behind the first space.
    pub text: &'a [u8],
}

/// The answer to STAT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DropListing {
    /// Messages that are not marked as deleted.
    pub messages: u64,
    /// Octets of all of them. A hint; `None` where the server's number is unusable.
    pub octets: Option<u64>,
}

/// One message in the answer to LIST.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ScanListing {
    /// Which message. `None` in the answer to `LIST n` of servers that leave it out.
    pub number: Option<MessageNumber>,
    /// Its octets. A hint; `None` where the server's number is unusable.
    pub octets: Option<u64>,
}

/// One message in the answer to UIDL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct UniqueIdListing<'a> {
    /// Which message. `None` in the answer to `UIDL n` of servers that leave it out.
    pub number: Option<MessageNumber>,
    /// Its unique-id, empty where the server has none.
    pub unique_id: &'a [u8],
}

/// What a server says of a refused OAuth token, in the JSON of a last challenge:
/// [RFC 7628 section 3.2.3](https://www.rfc-editor.org/rfc/rfc7628#section-3.2.3); XOAUTH2 has the same.
///
/// The machine has answered it already; the refusal follows as `Done`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct OAuthFailure {
    /// `status`, for example `invalid_token`, or `400` and `401` at Google.
    pub status: Option<Text>,
    /// `scope` the token should have had.
    pub scope: Option<Text>,
    /// `schemes` that the server takes.
    pub schemes: Option<Text>,
    /// The whole JSON.
    pub json: Bytes,
}

/// What became of the messages that were marked with DELE.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever deletes mail has to think of all three")]
pub enum QuitOutcome {
    /// The server removed all of them.
    Committed,
    /// The server answered `-ERR`: it removed some or none. The next session's UIDL tells which.
    SomeNotRemoved,
    /// QUIT was sent and its answer did not come (yet). The next session's UIDL tells.
    Unknown,
}
