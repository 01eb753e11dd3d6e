//! Message numbers.

use core::{
    fmt,
    num::{NonZeroU32, ParseIntError},
    str::FromStr,
};

/// The number of a message in the maildrop of one session, beginning with 1:
/// [RFC 1939 section 4](https://www.rfc-editor.org/rfc/rfc1939#section-4).
///
/// It has no meaning in another session; a [`UniqueId`](crate::UniqueId) has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct MessageNumber(NonZeroU32);

impl MessageNumber {
    /// `None` for zero.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl From<NonZeroU32> for MessageNumber {
    fn from(number: NonZeroU32) -> Self {
        Self(number)
    }
}

impl FromStr for MessageNumber {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
