//! [`Limits`]: what a server can make the client keep and read.

/// What a server can make the client keep, beyond one response. A server that exceeds one gets
/// [`Error::Limit`](crate::Error::Limit) for the call; the connection stays usable. One limit is
/// about what the client reads, and ends the connection: [`unasked`](Self::unasked).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the result of one search: 16 MiB. A range takes 16.
    pub search: u64,
    /// Bytes of the names of one folder listing, or of the quotas of one folder: 16 MiB.
    pub folders: u64,
    /// Bytes of one header block that is decoded into an envelope: 256 KiB. The row of a message
    /// with a longer one is [`Error::Damaged`](crate::Error::Damaged).
    pub headers: usize,
    /// Bytes of memory of one MIME structure: 4 MiB, which some 10,000 parts take. A message with a
    /// larger one is [`Error::Damaged`](crate::Error::Damaged).
    pub structure: usize,
    /// Changes that were not asked for yet: 1,024. More become one
    /// [`Change::Resync`](crate::Change::Resync).
    pub changes: usize,
    /// Bytes of those changes: 1 MiB.
    pub change_bytes: usize,
    /// Bytes of the index of a maildrop (POP3), which is LIST and UIDL: 64 MiB. A message takes 28
    /// and its unique-id.
    pub maildrop: usize,
    /// Bytes that a server sends before one answer, or during one IDLE, and that are part of no row
    /// and no body that was asked for: 16 MiB. A server that sends more floods the client: the call
    /// fails with [`ProtocolError::Flood`](crate::ProtocolError::Flood), and the connection is
    /// closed.
    pub unasked: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            search: 16 << 20,
            folders: 16 << 20,
            headers: 256 << 10,
            structure: 4 << 20,
            changes: 1024,
            change_bytes: 1 << 20,
            maildrop: 64 << 20,
            unasked: 16 << 20,
        }
    }
}
