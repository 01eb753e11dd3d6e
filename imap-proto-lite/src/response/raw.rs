//! Bytes of a response that have no type: [`Raw`].

use alloc::{borrow::Cow, vec::Vec};
use core::{fmt, ops::Deref};

/// Bytes in an unknown charset, as the server sent them. It dereferences to `[u8]`:
/// `String::from_utf8_lossy(&raw)` is text to show. `Debug` escapes everything unprintable.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Raw<'a>(Cow<'a, [u8]>);

impl<'a> From<&'a [u8]> for Raw<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }
}

impl<'a> From<&'a str> for Raw<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text.as_bytes()))
    }
}

impl From<Vec<u8>> for Raw<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Cow::Owned(bytes))
    }
}

impl Deref for Raw<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.escape_ascii())
    }
}
