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
    /// It may hold NUL, which only servers with
    /// [`Feature::BinaryAppend`](crate::Feature::BinaryAppend) take.
    pub binary: bool,
}

impl Append {
    /// A message of `size` bytes without flags, received now.
    #[must_use]
    pub fn new(size: u64) -> Self {
        Self { size, flags: Flags::new(), received: None, binary: false }
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

    /// A message that may hold NUL: a part of it is in `Content-Transfer-Encoding: binary`.
    ///
    /// How the bytes are announced has to be known before the first one is read, so the caller says
    /// it. A message that holds NUL and was not announced so ends the connection, because a part of
    /// it was sent; the NUL never is. Other messages need no announcement, whatever else they hold.
    #[must_use]
    pub const fn binary(mut self) -> Self {
        self.binary = true;
        self
    }
}
