//! Flags of messages: RFC 9051 section 2.3.2.

use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use crate::{
    types::argument::NotAnAtom,
    wire::{List, Parsed, Printable, atom, fast, flag, list::sealed::Element, value},
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

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident, $wire:literal, $whole:literal, $bit:literal;)*) => {
        /// A flag of a message (`flag`, `flag-fetch`, `flag-perm`).
        #[derive(Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Flag<'a> {
            $($(#[$doc])* $name,)*
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
                    $($wire => Flag::$name,)*
                    _ => Self::received_in_any_case(name),
                }
            }

            /// The [`bit`](Self::bit) of the flag that these octets of a server name.
            #[inline]
            fn received_bit(octets: &[u8]) -> u8 {
                match octets {
                    $($whole => $bit,)*
                    [b'\\', name @ ..] => Flag::received_in_any_case(name).bit(),
                    _ => 0,
                }
            }

            fn received_in_any_case(name: &'a [u8]) -> Self {
                $(if name.eq_ignore_ascii_case($wire) { return Flag::$name; })*
                Flag::Extension(Keyword::received(name))
            }

            /// The wire form in two pieces: a backslash or nothing, and the name.
            pub fn as_wire(&self) -> (&'static str, &[u8]) {
                match self {
                    $(Flag::$name => ("\\", $wire),)*
                    Flag::Keyword(keyword) => ("", keyword.as_bytes()),
                    Flag::Extension(name) => ("\\", name.as_bytes()),
                }
            }

            /// Converts into an owned value.
            #[must_use]
            pub fn into_owned(self) -> Flag<'static> {
                match self {
                    $(Flag::$name => Flag::$name,)*
                    Flag::Keyword(keyword) => Flag::Keyword(keyword.into_owned()),
                    Flag::Extension(name) => Flag::Extension(name.into_owned()),
                }
            }

            /// A bit for each system flag; 0 for the others.
            #[inline]
            const fn bit(&self) -> u8 {
                match self {
                    $(Flag::$name => $bit,)*
                    Flag::Keyword(_) | Flag::Extension(_) => 0,
                }
            }
        }
    };
}

flags! {
    /// `\Seen`: it has been read.
    Seen, b"Seen", br"\Seen", 1;
    /// `\Answered`
    Answered, b"Answered", br"\Answered", 2;
    /// `\Flagged`
    Flagged, b"Flagged", br"\Flagged", 4;
    /// `\Deleted`: EXPUNGE will remove it.
    Deleted, b"Deleted", br"\Deleted", 8;
    /// `\Draft`
    Draft, b"Draft", br"\Draft", 16;
    /// `\Recent`: RFC 3501 only. A server sends it; a client may not store it.
    Recent, b"Recent", br"\Recent", 32;
    /// `\*`: in PERMANENTFLAGS, new keywords may be made.
    Any, b"*", br"\*", 64;
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
        Self { list: List::from_wire_counted(octets, count), system }
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
        let (rest, (octets, count)) =
            fast::flag_list(input, |flag| system |= Flag::received_bit(flag))?;
        let list = List::from_wire_counted(octets, count);
        Some((rest, Self { list, system }))
    }

    /// The flags in the order of the wire.
    pub fn iter(&self) -> crate::wire::list::Iter<'_, FlagElement> {
        self.list.iter()
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
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

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn each_system_flag_is_found_in_any_spelling() {
        for wire in
            [&br"(\Seen \Deleted \*)"[..], br"(\seen \DELETED \*)", br"(() \Seen \Deleted \*)"]
        {
            let (_, flags) = Flags::parse(wire).unwrap();
            for flag in [Flag::Seen, Flag::Deleted, Flag::Any] {
                assert!(flags.contains(&flag), "{flag} {}", wire.escape_ascii());
            }
            assert!(!flags.contains(&Flag::Answered) && flags.len() == 3);
        }
    }

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
