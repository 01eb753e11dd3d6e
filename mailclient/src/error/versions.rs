//! [`Versions`]: what a replacement that stopped half-way left.

use std::fmt;

use crate::{error::Error, id::MessageId};

/// Which versions of a message are there after
/// [`Mailbox::replace`](crate::Mailbox::replace) stopped half-way. One of them always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Versions {
    /// The old one or the new one, not both: the server did not answer REPLACE (RFC 8508).
    Either,
    /// The old one. Whether the new one is there too is not known: look before repeating.
    OldPerhapsNew,
    /// Both: the new one is stored, and the old one was not removed.
    Both,
    /// The new one. Whether the old one is still there is not known.
    NewPerhapsOld,
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Either => "either the old version or the new one is there",
            Self::OldPerhapsNew => "the old version is there, and perhaps the new one too",
            Self::Both => "both versions are there",
            Self::NewPerhapsOld => "the new version is there, and perhaps the old one too",
        })
    }
}

impl Error {
    /// A replacement that stopped half-way; `new` is the id of the new version, if it is known.
    #[must_use]
    pub fn replacement(versions: Versions, new: Option<MessageId>, source: Self) -> Self {
        Self::Replacement { versions, new, source: Box::new(source) }
    }
}
