//! [`Part`]: what to read of a message.

use std::{num::NonZeroU32, ops::Range};

/// What to read of a message.
///
/// ```
/// # use mailclient::{Mailbox, MessageId, MimePart, Part, Result};
/// /// Saves a file out of a message, as [`Mailbox::structure`] told it.
/// async fn save(mailbox: &mut dyn Mailbox, id: &MessageId, file: &MimePart) -> Result<Vec<u8>> {
///     let part = Part::decoded_section(file.path.clone());
///     mailbox.fetch(id, &part).await?.collect(64 << 20).await
/// }
///
/// /// Goes on with a message of which these bytes came before the connection ended.
/// async fn resume(mailbox: &mut dyn Mailbox, id: &MessageId, bytes: &mut Vec<u8>) -> Result<()> {
///     let rest = Part::Whole.range(bytes.len() as u64..u32::MAX.into());
///     bytes.extend(mailbox.fetch(id, &rest).await?.collect(64 << 20).await?);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The whole message, unchanged.
    Whole,
    /// The header block, with the empty line that ends it. On POP3 it needs
    /// [`Feature::Headers`](crate::Feature::Headers).
    Headers,
    /// These header fields only, in the order of the message, with the empty line. Needs
    /// [`Feature::Sections`](crate::Feature::Sections).
    Fields(Vec<String>),
    /// One MIME part without its MIME header (RFC 9051 section 6.4.5, `BODY[1.2]`). Needs
    /// [`Feature::Sections`](crate::Feature::Sections).
    #[non_exhaustive]
    Section {
        /// The path, 1-based: `[1, 2]` is the second child of the first part.
        path: Vec<NonZeroU32>,
        /// Without its transfer encoding (base64, quoted-printable). The bytes of another encoding
        /// stay as they are, as in [`Attachment::content`](crate::Attachment::content);
        /// [`MimePart::encoding`](crate::MimePart::encoding) names it. Needs
        /// [`Feature::Decoding`](crate::Feature::Decoding).
        decoded: bool,
    },
    /// The MIME header of a part by its path: its type, name and encoding (`BODY[1.2.MIME]`).
    /// Servers differ on that of the only part of a message. Needs
    /// [`Feature::Sections`](crate::Feature::Sections).
    MimeHeaders(Vec<NonZeroU32>),
    /// The header block of an enclosed message, the `message/rfc822` with this path
    /// (`BODY[1.2.HEADER]`). Needs [`Feature::Sections`](crate::Feature::Sections).
    EnclosedHeaders(Vec<NonZeroU32>),
    /// Some bytes of another part, to go on after an interruption. If the server sends other ones,
    /// or more of them, the body is [`Error::Damaged`](crate::Error::Damaged). A decoded part has
    /// no ranges: read one of the encoded part. Needs
    /// [`Feature::Sections`](crate::Feature::Sections).
    #[non_exhaustive]
    Range {
        /// The part, neither a decoded one nor a range.
        of: Box<Self>,
        /// The bytes, the first one is 0. Fewer come if the part is shorter.
        bytes: Range<u64>,
    },
}

impl Part {
    /// One MIME part by its path, in its transfer encoding.
    #[must_use]
    pub fn section(path: impl Into<Vec<NonZeroU32>>) -> Self {
        Self::Section { path: path.into(), decoded: false }
    }

    /// One MIME part by its path, without its transfer encoding.
    #[must_use]
    pub fn decoded_section(path: impl Into<Vec<NonZeroU32>>) -> Self {
        Self::Section { path: path.into(), decoded: true }
    }

    /// The MIME header of a part by its path.
    #[must_use]
    pub fn mime_headers(path: impl Into<Vec<NonZeroU32>>) -> Self {
        Self::MimeHeaders(path.into())
    }

    /// The header block of an enclosed message by its path.
    #[must_use]
    pub fn enclosed_headers(path: impl Into<Vec<NonZeroU32>>) -> Self {
        Self::EnclosedHeaders(path.into())
    }

    /// Some bytes of this part.
    #[must_use]
    pub fn range(self, bytes: Range<u64>) -> Self {
        Self::Range { of: Box::new(self), bytes }
    }
}
