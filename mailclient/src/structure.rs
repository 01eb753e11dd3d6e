//! [`Structure`]: the MIME tree of a message.

use std::num::NonZeroU32;

/// The MIME tree of a message, as the server describes it (RFC 9051 section 7.5.2, BODYSTRUCTURE).
/// Kept flat, so that a deep one needs no deep stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Structure {
    /// The parts, each before its children.
    pub parts: Vec<MimePart>,
}

/// One part of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct MimePart {
    /// Its path, for [`Part::section`](crate::Part::section); empty for the message itself.
    pub path: Vec<NonZeroU32>,
    /// The place of its parent in [`Structure::parts`].
    pub parent: Option<usize>,
    /// Type and subtype in lower case: `text/plain`.
    pub media_type: String,
    /// The file name, decoded.
    pub name: Option<String>,
    /// The transfer encoding in lower case: `base64`.
    pub encoding: Option<String>,
    /// The disposition in lower case: `attachment`.
    pub disposition: Option<String>,
    /// The `Content-ID`, without angle brackets.
    pub content_id: Option<String>,
    /// The size in bytes, in its transfer encoding.
    pub size: Option<u64>,
}
