//! [`Append`]: how to store a message.

use crate::message::{DateTime, Flags};

/// How to store a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Append {
    /// Its size in bytes. The reader has to give exactly this many, with CRLF line ends.
    pub size: u64,
    /// The flags that it gets.
    pub flags: Flags,
    /// The time of receipt that it gets (IMAP INTERNALDATE); `None` is now. A migration passes the
    /// [`received`](crate::Summary::received) of the original.
    pub received: Option<DateTime>,
}

impl Append {
    /// A message of `size` bytes without flags, received now.
    #[must_use]
    pub fn new(size: u64) -> Self {
        Self { size, flags: Flags::new(), received: None }
    }

    /// With flags.
    #[must_use]
    pub fn with_flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self
    }

    /// With a time of receipt.
    #[must_use]
    pub const fn with_received(mut self, received: DateTime) -> Self {
        self.received = Some(received);
        self
    }
}
