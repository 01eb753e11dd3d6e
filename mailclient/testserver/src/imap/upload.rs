//! A message that a client uploads.

use bytes::BytesMut;
use imap_proto_lite::Flag;

/// A message that is being received.
pub(super) struct Upload {
    pub(super) folder: String,
    pub(super) flags: Vec<Flag<'static>>,
    pub(super) date: i64,
    /// The UID of the message that it replaces.
    pub(super) replaces: Option<u32>,
    /// NUL is not allowed in it.
    pub(super) is_text: bool,
    pub(super) octets: BytesMut,
}
