//! [`Part`]: what to read of a message.

use std::{num::NonZeroU32, ops::Range};

/// What to read of a message.
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
        /// Without its transfer encoding (base64, quoted-printable), which the server undoes. Needs
        /// [`Feature::Decoding`](crate::Feature::Decoding).
        decoded: bool,
    },
    /// Some bytes of another part, to go on after an interruption. Needs
    /// [`Feature::Sections`](crate::Feature::Sections).
    #[non_exhaustive]
    Range {
        /// The part.
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

    /// Some bytes of this part.
    #[must_use]
    pub fn range(self, bytes: Range<u64>) -> Self {
        Self::Range { of: Box::new(self), bytes }
    }
}
