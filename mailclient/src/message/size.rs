//! [`SizeHint`]: a size that a server told.

use std::fmt;

/// A size that a server told. Exchange and others estimate it, POP3 servers miscount it: good for a
/// progress bar, never for a buffer or a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SizeHint(u64);

impl SizeHint {
    /// A number of bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The server's number, in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl From<u64> for SizeHint {
    fn from(bytes: u64) -> Self {
        Self(bytes)
    }
}

impl From<SizeHint> for u64 {
    fn from(size: SizeHint) -> Self {
        size.0
    }
}

impl fmt::Display for SizeHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
