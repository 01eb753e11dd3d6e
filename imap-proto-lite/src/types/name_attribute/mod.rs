//! Attributes of mailbox names: RFC 9051 section 7.3.1, RFC 6154.

mod fast;

use core::fmt;

use crate::{
    types::Keyword,
    wire::{
        List, Printable, Token, flag, list::sealed::Element, put::Out, string::debug_as_display,
    },
};

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident = $wire:literal,)*) => {
        /// An attribute of a mailbox name in LIST: RFC 9051 section 7.3.1, RFC 6154, RFC 8457.
        #[derive(Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum NameAttribute<'a> {
            $($(#[$doc])* $name,)*
            /// Another one, kept without its backslash.
            Other(Keyword<'a>),
        }

        impl<'a> NameAttribute<'a> {
            /// The attribute that these bytes of a server name.
            pub(crate) fn received(octets: &'a [u8]) -> Self {
                let name = octets.strip_prefix(b"\\").unwrap_or(octets);
                // The RFC's spelling first: it is one comparison of words.
                $(if name == $wire.as_bytes() { return Self::$name; })*
                $(if name.eq_ignore_ascii_case($wire.as_bytes()) { return Self::$name; })*
                Self::Other(Keyword::received(name))
            }

            /// The name without its backslash.
            pub fn name(&self) -> &[u8] {
                match self {
                    $(Self::$name => $wire.as_bytes(),)*
                    Self::Other(name) => name.as_bytes(),
                }
            }
        }
    };
}

attributes! {
    /// It has no children and cannot have any.
    NoInferiors = "Noinferiors",
    /// It cannot be selected.
    NoSelect = "Noselect",
    /// It does not exist (implies `\Noselect`).
    NonExistent = "NonExistent",
    /// The server has marked it as interesting.
    Marked = "Marked",
    /// No new messages since the last time.
    Unmarked = "Unmarked",
    /// It has children.
    HasChildren = "HasChildren",
    /// It has none.
    HasNoChildren = "HasNoChildren",
    /// It is subscribed.
    Subscribed = "Subscribed",
    /// It is on another server.
    Remote = "Remote",
    /// All messages.
    All = "All",
    /// The archive.
    Archive = "Archive",
    /// Drafts.
    Drafts = "Drafts",
    /// All flagged messages.
    Flagged = "Flagged",
    /// Messages thought important.
    Important = "Important",
    /// Spam.
    Junk = "Junk",
    /// Copies of sent messages.
    Sent = "Sent",
    /// Deleted messages.
    Trash = "Trash",
}

impl fmt::Display for NameAttribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\\{}", Printable(self.name()))
    }
}

debug_as_display!(NameAttribute);

/// The kind of item in [`NameAttributes`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NameAttributeElement;

impl Element for NameAttributeElement {
    type Item<'a> = NameAttribute<'a>;

    const FAST: fn(&[u8]) -> Token<'_, NameAttribute<'_>> = fast::next_name_attribute;

    fn read(input: &[u8]) -> Token<'_, NameAttribute<'_>> {
        flag::next_flag(input).map(|(rest, name)| (rest, NameAttribute::received(name)))
    }

    fn write(item: &NameAttribute<'_>, out: &mut Out) {
        out.put((b'\\', item.name()));
    }
}

/// The attributes of a mailbox name: `mbx-list-flags`.
pub type NameAttributes<'a> = List<'a, NameAttributeElement>;
