//! Unique-ids.

use alloc::string::String;
use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use bytes::Bytes;

use crate::event::Text;

/// The unique-id of a message: opaque bytes that are the same in every session and are not reused
/// while the message exists. [RFC 1939 section
/// 7](https://www.rfc-editor.org/rfc/rfc1939#section-7).
///
/// It may contain `/`, spaces and 8-bit bytes. [`to_hex`](Self::to_hex) is safe as a file name.
#[derive(Clone)]
pub struct UniqueId(Octets);

/// Short unique-ids are copied, so that keeping those of a maildrop keeps no input buffers alive.
#[derive(Clone)]
enum Octets {
    Short { length: u8, octets: [u8; UniqueId::SHORT] },
    Long(Bytes),
}

impl UniqueId {
    /// The longest unique-id that is stored without an allocation.
    const SHORT: usize = 38;

    /// `None` unless a listing can contain it: 1 to 1,024 bytes, no CR, LF or NUL, no space at
    /// either end.
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

    /// Copies a short one, `None` if it is too long.
    pub(crate) fn short(octets: &[u8]) -> Option<Self> {
        let mut short = [0; Self::SHORT];
        short.get_mut(..octets.len())?.copy_from_slice(octets);
        let length = u8::try_from(octets.len()).ok()?;
        Some(Self(Octets::Short { length, octets: short }))
    }

    /// For bytes from a line, which is already checked.
    pub(crate) fn from_line(octets: Bytes) -> Self {
        Self::short(&octets).unwrap_or(Self(Octets::Long(octets)))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Octets::Short { length, octets } => {
                octets.get(..usize::from(*length)).unwrap_or_default()
            }
            Octets::Long(octets) => octets,
        }
    }

    /// True if it has the form that the RFC demands: 1 to 70 octets of 0x21 to 0x7E.
    pub fn is_conforming(&self) -> bool {
        (1..=70).contains(&self.as_bytes().len())
            && self.as_bytes().iter().all(u8::is_ascii_graphic)
    }

    /// The bytes in lower-case hexadecimal: safe as part of a file name, and different for
    /// different unique-ids.
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
