//! [`Attachment`]: a part of a message that is not its text.

use std::num::NonZeroU32;

use bytes::Bytes;

use crate::message::transfer::Content;

/// A part of a message that is not its text: a file, an image, an enclosed message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attachment {
    /// Its path, as in [`MimePart::path`](crate::MimePart::path).
    pub path: Vec<NonZeroU32>,
    /// The file name, decoded, without control characters. The sender chose it: it may be a path,
    /// or the name of a program.
    pub name: Option<String>,
    /// Type and subtype in lower case: `application/pdf`.
    pub media_type: String,
    /// The disposition in lower case: `attachment`, or `inline` for what is shown in the text.
    pub disposition: Option<String>,
    /// The `Content-ID`, without angle brackets: HTML refers to it as `cid:`.
    pub content_id: Option<String>,
    pub(super) body: Bytes,
    pub(super) encoding: String,
}

impl Attachment {
    /// The size in bytes, in its transfer encoding: an upper limit of that of its content.
    #[must_use]
    pub fn encoded_size(&self) -> u64 {
        self.body.len() as u64
    }

    /// Its bytes, decoded on the way. They share the memory of the message.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::new(self.body.clone(), &self.encoding)
    }
}
