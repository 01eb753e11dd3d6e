//! The result of an encoder: its fragments, and the places where a literal waits for the server.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::wire::LiteralMode;

/// The features of the session that the encoder has to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct EncodeSession {
    /// How literals may be sent.
    pub literals: LiteralMode,
    /// UTF-8 is allowed in quoted strings: UTF8=ACCEPT or IMAP4rev2 is enabled.
    pub utf8: bool,
}

impl EncodeSession {
    /// A session with these features.
    #[must_use]
    pub const fn new(literals: LiteralMode, utf8: bool) -> Self {
        Self { literals, utf8 }
    }
}

/// A piece of an encoded command or response.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fragment {
    /// Bytes to be sent.
    Octets {
        /// The bytes.
        octets: Bytes,
        /// They hold a secret.
        sensitive: bool,
    },
    /// Nothing more may be sent before the server's `+`.
    Continuation,
    /// The place of bytes that the caller provides: the message of APPEND, or a body that a server
    /// streams.
    Streamed {
        /// How many.
        octets: u64,
    },
}

impl core::fmt::Debug for Fragment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Octets { octets, sensitive: true } => {
                write!(f, "Octets({} secret)", octets.len())
            }
            Self::Octets { octets, .. } => write!(f, "Octets({octets:?})"),
            Self::Continuation => f.write_str("Continuation"),
            Self::Streamed { octets } => write!(f, "Streamed({octets})"),
        }
    }
}

/// An encoded command or response: its fragments in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Encoded {
    /// The fragments.
    pub fragments: Vec<Fragment>,
}

impl Encoded {
    /// The number of bytes, without streamed ones.
    pub fn octets(&self) -> usize {
        let octets = self.fragments.iter().map(|fragment| match fragment {
            Fragment::Octets { octets, .. } => octets.len(),
            _ => 0,
        });
        octets.sum()
    }

    /// All bytes in one piece, without streamed ones.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for fragment in &self.fragments {
            if let Fragment::Octets { octets, .. } = fragment {
                all.extend_from_slice(octets);
            }
        }
        all
    }
}

impl IntoIterator for Encoded {
    type Item = Fragment;
    type IntoIter = alloc::vec::IntoIter<Fragment>;

    fn into_iter(self) -> Self::IntoIter {
        self.fragments.into_iter()
    }
}

/// An argument that cannot be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{argument}: {reason}")]
#[non_exhaustive]
pub struct ArgumentError {
    /// Which argument.
    pub argument: &'static str,
    /// Why it cannot be sent.
    pub reason: &'static str,
}

impl ArgumentError {
    pub(crate) const fn new(argument: &'static str, reason: &'static str) -> Self {
        Self { argument, reason }
    }
}
