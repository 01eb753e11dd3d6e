//! Flags of messages and attributes of mailbox names: RFC 9051 sections 2.3.2 and 7.3.1, RFC 6154.

use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use crate::{
    types::argument::NotAnAtom,
    wire::{
        Parsed, atom, flag,
        list::{List, sealed::Element},
        string::Printable,
        value,
    },
};

/// A flag keyword: one atom, compared without case, kept as received.
#[derive(Clone)]
pub struct Keyword<'a>(Cow<'a, [u8]>);

impl<'a> Keyword<'a> {
    /// `$Forwarded`.
    pub const FORWARDED: Keyword<'static> = Keyword(Cow::Borrowed(b"$Forwarded"));
    /// `$MDNSent`.
    pub const MDN_SENT: Keyword<'static> = Keyword(Cow::Borrowed(b"$MDNSent"));
    /// `$Junk`.
    pub const JUNK: Keyword<'static> = Keyword(Cow::Borrowed(b"$Junk"));
    /// `$NotJunk`.
    pub const NOT_JUNK: Keyword<'static> = Keyword(Cow::Borrowed(b"$NotJunk"));
    /// `$Phishing`.
    pub const PHISHING: Keyword<'static> = Keyword(Cow::Borrowed(b"$Phishing"));

    /// A keyword.
    ///
    /// # Errors
    /// The text is not an atom.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, NotAnAtom> {
        let text = match text.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        if atom::is_atom(&text) { Ok(Self(text)) } else { Err(NotAnAtom) }
    }

    /// A keyword that a server sent. It may hold characters that no `atom` has (`[`, `]`, 8-bit).
    pub(crate) const fn received(octets: &'a [u8]) -> Self {
        Self(Cow::Borrowed(octets))
    }

    /// The keyword's octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Converts into an owned value.
    #[must_use]
    pub fn into_owned(self) -> Keyword<'static> {
        Keyword(Cow::Owned(self.0.into_owned()))
    }
}

impl PartialEq for Keyword<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Keyword<'_> {}

impl fmt::Display for Keyword<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Printable(&self.0), f)
    }
}

impl fmt::Debug for Keyword<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A flag of a message (`flag`, `flag-fetch`, `flag-perm`).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flag<'a> {
    /// `\Seen`: it has been read.
    Seen,
    /// `\Answered`
    Answered,
    /// `\Flagged`
    Flagged,
    /// `\Deleted`: EXPUNGE will remove it.
    Deleted,
    /// `\Draft`
    Draft,
    /// `\Recent`: RFC 3501 only. A server sends it; a client may not store it.
    Recent,
    /// `\*`: in PERMANENTFLAGS, new keywords may be made.
    Any,
    /// A keyword.
    Keyword(Keyword<'a>),
    /// Another name with a backslash, kept without it.
    Extension(Keyword<'a>),
}

impl<'a> Flag<'a> {
    /// The flag that these octets of a server name.
    #[inline]
    pub(crate) fn received(octets: &'a [u8]) -> Self {
        let Some((b'\\', name)) = octets.split_first() else {
            return Flag::Keyword(Keyword::received(octets));
        };
        // The RFC's spelling first: it is one comparison of words.
        match name {
            b"Seen" => Flag::Seen,
            b"Answered" => Flag::Answered,
            b"Flagged" => Flag::Flagged,
            b"Deleted" => Flag::Deleted,
            b"Draft" => Flag::Draft,
            b"Recent" => Flag::Recent,
            b"*" => Flag::Any,
            _ => Self::received_in_any_case(name),
        }
    }

    /// The [`bit`](Self::bit) of the flag that these octets of a server name.
    #[inline]
    fn received_bit(octets: &[u8]) -> u8 {
        match octets {
            br"\Seen" => Flag::Seen.bit(),
            br"\Answered" => Flag::Answered.bit(),
            br"\Flagged" => Flag::Flagged.bit(),
            br"\Deleted" => Flag::Deleted.bit(),
            br"\Draft" => Flag::Draft.bit(),
            br"\Recent" => Flag::Recent.bit(),
            [b'\\', name @ ..] => Flag::received_in_any_case(name).bit(),
            _ => 0,
        }
    }

    fn received_in_any_case(name: &'a [u8]) -> Self {
        const SYSTEM: [Flag<'static>; 6] =
            [Flag::Seen, Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Draft, Flag::Recent];
        SYSTEM
            .into_iter()
            .find(|flag| flag.as_wire().1.eq_ignore_ascii_case(name))
            .unwrap_or_else(|| Flag::Extension(Keyword::received(name)))
    }

    /// The wire form in two pieces: a backslash or nothing, and the name.
    #[must_use]
    pub fn as_wire(&self) -> (&'static str, &[u8]) {
        match self {
            Flag::Seen => ("\\", b"Seen"),
            Flag::Answered => ("\\", b"Answered"),
            Flag::Flagged => ("\\", b"Flagged"),
            Flag::Deleted => ("\\", b"Deleted"),
            Flag::Draft => ("\\", b"Draft"),
            Flag::Recent => ("\\", b"Recent"),
            Flag::Any => ("\\", b"*"),
            Flag::Keyword(keyword) => ("", keyword.as_bytes()),
            Flag::Extension(name) => ("\\", name.as_bytes()),
        }
    }

    /// Converts into an owned value.
    #[must_use]
    pub fn into_owned(self) -> Flag<'static> {
        match self {
            Flag::Seen => Flag::Seen,
            Flag::Answered => Flag::Answered,
            Flag::Flagged => Flag::Flagged,
            Flag::Deleted => Flag::Deleted,
            Flag::Draft => Flag::Draft,
            Flag::Recent => Flag::Recent,
            Flag::Any => Flag::Any,
            Flag::Keyword(keyword) => Flag::Keyword(keyword.into_owned()),
            Flag::Extension(name) => Flag::Extension(name.into_owned()),
        }
    }

    /// A bit for each system flag; 0 for the others.
    #[inline]
    const fn bit(&self) -> u8 {
        match self {
            Flag::Seen => 1,
            Flag::Answered => 2,
            Flag::Flagged => 4,
            Flag::Deleted => 8,
            Flag::Draft => 16,
            Flag::Recent => 32,
            Flag::Any => 64,
            Flag::Keyword(_) | Flag::Extension(_) => 0,
        }
    }
}

impl fmt::Display for Flag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, name) = self.as_wire();
        write!(f, "{prefix}{}", Printable(name))
    }
}

impl fmt::Debug for Flag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The kind of item in [`Flags`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FlagElement;

impl Element for FlagElement {
    type Item<'a> = Flag<'a>;

    #[inline]
    fn next<'a>(rest: &mut &'a [u8]) -> Option<Flag<'a>> {
        flag::next_flag(rest).map(Flag::received)
    }

    fn write(item: &Flag<'_>, out: &mut Vec<u8>) {
        let (prefix, name) = item.as_wire();
        out.extend_from_slice(prefix.as_bytes());
        out.extend_from_slice(name);
    }
}

/// The flags of a message or of a mailbox: `flag-list`. Testing for a system flag needs no walk.
#[derive(Clone, Default)]
pub struct Flags<'a> {
    list: List<'a, FlagElement>,
    system: u8,
}

impl<'a> Flags<'a> {
    /// These flags.
    pub fn new<'b>(flags: impl IntoIterator<Item = Flag<'b>>) -> Self {
        let mut system = 0;
        let list = List::new(flags.into_iter().inspect(|flag| system |= flag.bit()));
        Self { list, system }
    }

    /// Reads the inside of a flag list of a server. Values that are not flags are skipped.
    #[inline]
    pub(crate) fn received(octets: &'a [u8]) -> Self {
        let mut rest = octets;
        let mut count = 0;
        let mut system = 0;
        while let Some(flag) = FlagElement::next(&mut rest) {
            system |= flag.bit();
            count += 1;
        }
        Self { list: List::checked(octets, count), system }
    }

    /// A flag list of a server, as [`received`](Self::received).
    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        if let Some(parsed) = Self::parse_plain(input) {
            return Ok(parsed);
        }
        value::list_inside(input).map(|(rest, inside)| (rest, Self::received(inside)))
    }

    /// The same for a list with nothing but flags in it.
    #[inline(always)]
    pub(crate) fn parse_plain(input: &'a [u8]) -> Option<(&'a [u8], Self)> {
        let mut system = 0;
        let (rest, octets, count) =
            flag::flag_list(input, |flag| system |= Flag::received_bit(flag))?;
        let list = List::checked(octets, count);
        Some((rest, Self { list, system }))
    }

    /// The flags in the order of the wire.
    #[must_use]
    pub fn iter(&self) -> crate::wire::list::Iter<'_, FlagElement> {
        self.list.iter()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether this flag is set.
    #[must_use]
    pub fn contains(&self, flag: &Flag<'_>) -> bool {
        match flag.bit() {
            0 => self.iter().any(|one| one == *flag),
            bit => self.system & bit != 0,
        }
    }

    /// `\Seen` is set.
    #[must_use]
    pub const fn seen(&self) -> bool {
        self.system & Flag::Seen.bit() != 0
    }

    /// Converts into an owned value.
    #[must_use]
    pub fn into_owned(self) -> Flags<'static> {
        Flags { list: self.list.into_owned(), system: self.system }
    }
}

impl PartialEq for Flags<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.system == other.system && self.list == other.list
    }
}

impl Eq for Flags<'_> {}

impl fmt::Debug for Flags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.list, f)
    }
}

impl<'l> IntoIterator for &'l Flags<'_> {
    type Item = Flag<'l>;
    type IntoIter = crate::wire::list::Iter<'l, FlagElement>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

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
            /// The attribute that these octets of a server name.
            pub(crate) fn received(octets: &'a [u8]) -> Self {
                let name = octets.strip_prefix(b"\\").unwrap_or(octets);
                // The RFC's spelling first: it is one comparison of words.
                $(if name == $wire.as_bytes() { return Self::$name; })*
                $(if name.eq_ignore_ascii_case($wire.as_bytes()) { return Self::$name; })*
                Self::Other(Keyword::received(name))
            }

            /// The name without its backslash.
            #[must_use]
            pub fn name(&self) -> &[u8] {
                match self {
                    $(Self::$name => $wire.as_bytes(),)*
                    Self::Other(name) => name.as_bytes(),
                }
            }

            /// Converts into an owned value.
            #[must_use]
            pub fn into_owned(self) -> NameAttribute<'static> {
                match self {
                    $(Self::$name => NameAttribute::$name,)*
                    Self::Other(name) => NameAttribute::Other(name.into_owned()),
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

impl fmt::Debug for NameAttribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The kind of item in [`NameAttributes`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NameAttributeElement;

impl Element for NameAttributeElement {
    type Item<'a> = NameAttribute<'a>;

    #[inline]
    fn next<'a>(rest: &mut &'a [u8]) -> Option<NameAttribute<'a>> {
        flag::next_flag(rest).map(NameAttribute::received)
    }

    fn write(item: &NameAttribute<'_>, out: &mut Vec<u8>) {
        out.push(b'\\');
        out.extend_from_slice(item.name());
    }
}

/// The attributes of a mailbox name: `mbx-list-flags`.
pub type NameAttributes<'a> = List<'a, NameAttributeElement>;

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn flags_are_shown_as_they_are_written() {
        for (wire, shown) in [
            (&b"don't"[..], "don't"),
            (b"\\Seen", "\\Seen"),
            (b"\\x-'y", "\\x-'y"),
            (b"[Gmail]/\xfc", "[Gmail]/\\xfc"),
        ] {
            assert_eq!(Flag::received(wire).to_string(), shown);
        }
    }
}
