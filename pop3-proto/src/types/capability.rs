//! What a server says it can do: [RFC 2449](https://www.rfc-editor.org/rfc/rfc2449#section-5) and the capabilities of later RFCs.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::event::Text;

/// One line of the answer to CAPA.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Capability {
    /// `TOP`: [RFC 2449 section 6.1](https://www.rfc-editor.org/rfc/rfc2449#section-6.1).
    Top,
    /// `USER`: USER and PASS are supported, though perhaps not for every user. [RFC 2449 section 6.2](https://www.rfc-editor.org/rfc/rfc2449#section-6.2).
    User,
    /// `SASL` and its mechanisms: [RFC 2449 section 6.3](https://www.rfc-editor.org/rfc/rfc2449#section-6.3).
    Sasl(Mechanisms),
    /// `RESP-CODES`: [RFC 2449 section 6.4](https://www.rfc-editor.org/rfc/rfc2449#section-6.4).
    RespCodes,
    /// `LOGIN-DELAY`: the least time between two logins. [RFC 2449 section 6.5](https://www.rfc-editor.org/rfc/rfc2449#section-6.5).
    LoginDelay {
        /// Seconds.
        seconds: u32,
        /// It may differ by user; ask again after login.
        per_user: bool,
    },
    /// `PIPELINING`: [RFC 2449 section 6.6](https://www.rfc-editor.org/rfc/rfc2449#section-6.6).
    Pipelining,
    /// `EXPIRE`: [RFC 2449 section 6.7](https://www.rfc-editor.org/rfc/rfc2449#section-6.7).
    Expire {
        /// How long messages stay.
        after: Expire,
        /// It may differ by user; ask again after login.
        per_user: bool,
    },
    /// `UIDL`: [RFC 2449 section 6.8](https://www.rfc-editor.org/rfc/rfc2449#section-6.8).
    Uidl,
    /// `IMPLEMENTATION`: for people. Clients must not behave by it. [RFC 2449 section 6.9](https://www.rfc-editor.org/rfc/rfc2449#section-6.9).
    Implementation(Text),
    /// `STLS`: [RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4).
    Stls,
    /// `AUTH-RESP-CODE`: a refused login without `[AUTH]` is not about the credentials.
    /// [RFC 3206 section 6](https://www.rfc-editor.org/rfc/rfc3206#section-6).
    AuthRespCode,
    /// `UTF8`: [RFC 6856 section 2](https://www.rfc-editor.org/rfc/rfc6856#section-2).
    Utf8 {
        /// `USER`: names and passwords may be UTF-8 as well.
        user: bool,
    },
    /// `LANG`: [RFC 6856 section 3](https://www.rfc-editor.org/rfc/rfc6856#section-3).
    Lang,
    /// Any other line, and one of the above whose argument does not parse, as it came.
    Other(Bytes),
}

/// How long a server keeps messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 2449 section 6.7 has these two")]
pub enum Expire {
    /// For ever.
    Never,
    /// So many days. Zero: a message may be gone at QUIT once it was retrieved, so leave nothing on this server.
    Days(u32),
}

/// The mechanisms of one `SASL` line.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mechanisms(pub(crate) Bytes);

impl Mechanisms {
    /// The names as they came.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|octet| matches!(octet, b' ' | b'\t')).filter(|name| !name.is_empty())
    }

    /// Is this mechanism among them, whatever its case?
    #[must_use]
    pub fn contains(&self, mechanism: &str) -> bool {
        self.iter().any(|name| name.eq_ignore_ascii_case(mechanism.as_bytes()))
    }
}

impl fmt::Debug for Mechanisms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Text::excerpt)).finish()
    }
}

/// Everything a server announced in one answer to CAPA.
///
/// Where lines contradict each other, the first counts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Capabilities {
    items: Vec<Capability>,
}

impl Capabilities {
    pub(crate) fn push(&mut self, capability: Capability) {
        self.items.push(capability);
    }

    /// All lines, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Capability> {
        self.items.iter()
    }

    /// How many lines there were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True for a server that announced nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Was this very line announced?
    #[must_use]
    pub fn contains(&self, capability: &Capability) -> bool {
        self.items.contains(capability)
    }

    /// `TOP`.
    #[must_use]
    pub fn has_top(&self) -> bool {
        self.contains(&Capability::Top)
    }

    /// `UIDL`.
    #[must_use]
    pub fn has_uidl(&self) -> bool {
        self.contains(&Capability::Uidl)
    }

    /// `USER`.
    #[must_use]
    pub fn has_user(&self) -> bool {
        self.contains(&Capability::User)
    }

    /// `STLS`.
    #[must_use]
    pub fn has_stls(&self) -> bool {
        self.contains(&Capability::Stls)
    }

    /// `PIPELINING`.
    #[must_use]
    pub fn has_pipelining(&self) -> bool {
        self.contains(&Capability::Pipelining)
    }

    /// `RESP-CODES`.
    #[must_use]
    pub fn has_resp_codes(&self) -> bool {
        self.contains(&Capability::RespCodes)
    }

    /// `AUTH-RESP-CODE`.
    #[must_use]
    pub fn has_auth_resp_code(&self) -> bool {
        self.contains(&Capability::AuthRespCode)
    }

    /// `LANG`.
    #[must_use]
    pub fn has_lang(&self) -> bool {
        self.contains(&Capability::Lang)
    }

    /// `UTF8`, with or without `USER`.
    #[must_use]
    pub fn has_utf8(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Capability::Utf8 { .. }))
    }

    /// `UTF8 USER`.
    #[must_use]
    pub fn has_utf8_user(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Capability::Utf8 { user: true }))
    }

    /// True if there was a `SASL` line, even an empty one.
    #[must_use]
    pub fn has_sasl(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Capability::Sasl(_)))
    }

    /// Is this SASL mechanism announced, whatever its case?
    #[must_use]
    pub fn has_mechanism(&self, mechanism: &str) -> bool {
        self.mechanisms().any(|name| name.eq_ignore_ascii_case(mechanism.as_bytes()))
    }

    /// The SASL mechanisms of all `SASL` lines.
    pub fn mechanisms(&self) -> impl Iterator<Item = &[u8]> {
        self.items
            .iter()
            .filter_map(|item| match item {
                Capability::Sasl(mechanisms) => Some(mechanisms.iter()),
                _ => None,
            })
            .flatten()
    }

    /// `EXPIRE`.
    #[must_use]
    pub fn expire(&self) -> Option<Expire> {
        self.items.iter().find_map(|item| match item {
            Capability::Expire { after, .. } => Some(*after),
            _ => None,
        })
    }

    /// Seconds of `LOGIN-DELAY`: wait as long before the next login.
    #[must_use]
    pub fn login_delay(&self) -> Option<u32> {
        self.items.iter().find_map(|item| match item {
            Capability::LoginDelay { seconds, .. } => Some(*seconds),
            _ => None,
        })
    }

    /// `IMPLEMENTATION`, for people.
    #[must_use]
    pub fn implementation(&self) -> Option<&Text> {
        self.items.iter().find_map(|item| match item {
            Capability::Implementation(text) => Some(text),
            _ => None,
        })
    }

    /// Does a message stay on the server after it was retrieved? False where any `EXPIRE 0` was announced
    /// ([RFC 1939 section 8](https://www.rfc-editor.org/rfc/rfc1939#section-8)). True says nothing of servers that do it unannounced.
    #[must_use]
    pub fn keeps_mail(&self) -> bool {
        !self
            .items
            .iter()
            .any(|item| matches!(item, Capability::Expire { after: Expire::Days(0), .. }))
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(items: I) -> Self {
        Self { items: items.into_iter().collect() }
    }
}
