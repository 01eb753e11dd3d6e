//! What a server announces: [RFC 2449](https://www.rfc-editor.org/rfc/rfc2449#section-5), and the
//! capabilities of later RFCs.

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
    /// `USER`: USER and PASS are supported, though perhaps not for every user.
    /// [RFC 2449 section 6.2](https://www.rfc-editor.org/rfc/rfc2449#section-6.2).
    User,
    /// `SASL` and its mechanisms:
    /// [RFC 2449 section 6.3](https://www.rfc-editor.org/rfc/rfc2449#section-6.3).
    Sasl(Mechanisms),
    /// `RESP-CODES`: [RFC 2449 section 6.4](https://www.rfc-editor.org/rfc/rfc2449#section-6.4).
    RespCodes,
    /// `LOGIN-DELAY`: the shortest time between two logins.
    /// [RFC 2449 section 6.5](https://www.rfc-editor.org/rfc/rfc2449#section-6.5).
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
        /// How long the server keeps messages.
        after: Expire,
        /// It may differ by user; ask again after login.
        per_user: bool,
    },
    /// `UIDL`: [RFC 2449 section 6.8](https://www.rfc-editor.org/rfc/rfc2449#section-6.8).
    Uidl,
    /// `IMPLEMENTATION`: for people. Clients must not depend on it.
    /// [RFC 2449 section 6.9](https://www.rfc-editor.org/rfc/rfc2449#section-6.9).
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
    /// Any other line, and a line of a known capability whose arguments do not parse, unchanged.
    Other(Bytes),
}

/// How long a server keeps messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 2449 section 6.7 has these two")]
pub enum Expire {
    /// For ever.
    Never,
    /// For this number of days. Zero: a retrieved message may be removed at QUIT, so leave nothing
    /// on this server.
    Days(u32),
}

/// The mechanisms of one `SASL` line.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mechanisms(pub(crate) Bytes);

impl Mechanisms {
    /// The names, unchanged.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|octet| matches!(octet, b' ' | b'\t')).filter(|name| !name.is_empty())
    }

    /// Is this mechanism among them, in any case?
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

macro_rules! has {
    ($($method:ident $keyword:literal $capability:pat,)*) => {
        impl Capabilities {
            $(
                #[doc = concat!("True if the server announced `", $keyword, "`.")]
                #[must_use]
                pub fn $method(&self) -> bool {
                    self.items.iter().any(|item| matches!(item, $capability))
                }
            )*

            /// True if the server announced the capability with this keyword. False for keywords
            /// that this crate does not know.
            pub(crate) fn announces(&self, keyword: &str) -> bool {
                match keyword {
                    $($keyword => self.$method(),)*
                    _ => false,
                }
            }
        }
    };
}

has! {
    has_top "TOP" Capability::Top,
    has_uidl "UIDL" Capability::Uidl,
    has_user "USER" Capability::User,
    has_stls "STLS" Capability::Stls,
    has_pipelining "PIPELINING" Capability::Pipelining,
    has_resp_codes "RESP-CODES" Capability::RespCodes,
    has_auth_resp_code "AUTH-RESP-CODE" Capability::AuthRespCode,
    has_lang "LANG" Capability::Lang,
    has_utf8 "UTF8" Capability::Utf8 { .. },
    has_utf8_user "UTF8 USER" Capability::Utf8 { user: true },
    has_sasl "SASL" Capability::Sasl(_),
}

impl Capabilities {
    pub(crate) fn push(&mut self, capability: Capability) {
        self.items.push(capability);
    }

    /// All lines, in the order of the answer.
    pub fn iter(&self) -> impl Iterator<Item = &Capability> {
        self.items.iter()
    }

    /// The number of lines.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if the server announced nothing.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// True if the server announced exactly this.
    #[must_use]
    pub fn contains(&self, capability: &Capability) -> bool {
        self.items.contains(capability)
    }

    /// True if the server announced this SASL mechanism, in any case.
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
    pub fn expire(&self) -> Option<Expire> {
        self.items.iter().find_map(|item| match item {
            Capability::Expire { after, .. } => Some(*after),
            _ => None,
        })
    }

    /// `LOGIN-DELAY` in seconds: the time to wait before the next login.
    pub fn login_delay(&self) -> Option<u32> {
        self.items.iter().find_map(|item| match item {
            Capability::LoginDelay { seconds, .. } => Some(*seconds),
            _ => None,
        })
    }

    /// `IMPLEMENTATION`, for people.
    pub fn implementation(&self) -> Option<&Text> {
        self.items.iter().find_map(|item| match item {
            Capability::Implementation(text) => Some(text),
            _ => None,
        })
    }

    /// False if the server announced `EXPIRE 0`: a message may be removed once it was retrieved
    /// ([RFC 2449 section 6.7](https://www.rfc-editor.org/rfc/rfc2449#section-6.7)). Some servers
    /// remove messages and do not announce it.
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
