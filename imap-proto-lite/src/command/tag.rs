//! Tags: RFC 9051 section 2.2.1.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::fmt;

use crate::wire::{atom, string::debug_as_display};

/// The tag of a command: `1*<any ASTRING-CHAR except "+">`. Tags are compared exactly.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag<'a>(Cow<'a, [u8]>);

/// The text is not a tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a tag")]
#[non_exhaustive]
pub struct NotATag;

impl<'a> Tag<'a> {
    /// The tag of a command that is only displayed.
    pub(crate) const NONE: Tag<'static> = Tag(Cow::Borrowed(b"-"));

    /// A tag.
    ///
    /// # Errors
    /// The text is empty or holds a space, a control character, 8-bit or one of `( ) { % * " \ +`.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, NotATag> {
        let text: Vec<u8> = text.into().into_owned().into_bytes();
        if is_tag(&text) { Ok(Self(Cow::Owned(text))) } else { Err(NotATag) }
    }

    /// A tag that this crate made: letters and digits.
    pub(crate) fn made(text: String) -> Tag<'static> {
        debug_assert!(is_tag(text.as_bytes()), "{text}");
        Tag(Cow::Owned(text.into_bytes()))
    }

    pub(crate) fn received(octets: &'a [u8]) -> Option<Self> {
        is_tag(octets).then_some(Self(Cow::Borrowed(octets)))
    }

    /// The bytes of the tag.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text of the tag: all tags are ASCII.
    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn is_tag(octets: &[u8]) -> bool {
    atom::is_astring_atom(octets) && !octets.contains(&b'+')
}

impl fmt::Display for Tag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&crate::wire::string::Printable(&self.0), f)
    }
}

debug_as_display!(Tag);
