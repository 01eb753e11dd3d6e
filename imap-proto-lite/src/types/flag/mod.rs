//! Flags of messages: RFC 9051 section 2.3.2.

mod fast;

use alloc::borrow::Cow;
use core::fmt;

use nom::{Parser as _, combinator::map};

use crate::{
    types::argument::NotAnAtom,
    wire::{
        List, Parsed, Printable, Token, atom, flag, list::sealed::Element, list_inside, put::Out,
        string::debug_as_display,
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

    /// The keyword's bytes.
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

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $wire:literal,)*) => {
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
            /// The flag that these bytes of a server name.
            pub(crate) fn received(octets: &'a [u8]) -> Self {
                let Some(name) = octets.strip_prefix(br"\") else {
                    return Flag::Keyword(Keyword::received(octets));
                };
                // The RFC's spelling first: it is one comparison.
                match name {
                    $($wire => return Flag::$name,)*
                    _ => {}
                }
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
        }
    };
}

flags! {
    /// `\Seen`: it has been read.
    Seen = b"Seen",
    /// `\Answered`
    Answered = b"Answered",
    /// `\Flagged`
    Flagged = b"Flagged",
    /// `\Deleted`: EXPUNGE will remove it.
    Deleted = b"Deleted",
    /// `\Draft`
    Draft = b"Draft",
    /// `\Recent`: RFC 3501 only. A server sends it; a client may not store it.
    Recent = b"Recent",
    /// `\*`: in PERMANENTFLAGS, new keywords may be made.
    Any = b"*",
}

impl fmt::Display for Flag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, name) = self.as_wire();
        write!(f, "{prefix}{}", Printable(name))
    }
}

debug_as_display!(Keyword, Flag);

/// The kind of item in [`Flags`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FlagElement;

impl Element for FlagElement {
    type Item<'a> = Flag<'a>;

    const FAST: fn(&[u8]) -> Token<'_, Flag<'_>> = fast::next_flag;

    fn read(input: &[u8]) -> Token<'_, Flag<'_>> {
        flag::next_flag(input).map(|(rest, name)| (rest, Flag::received(name)))
    }

    fn write(item: &Flag<'_>, out: &mut Out) {
        out.put(item.as_wire());
    }
}

/// The flags of a message or of a mailbox: `flag-list`.
pub type Flags<'a> = List<'a, FlagElement>;

impl<'a> Flags<'a> {
    /// ```abnf
    /// flag-list       = "(" [flag *(SP flag)] ")"
    /// ```
    /// Values that are not flags are skipped.
    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        map(list_inside, Self::from_wire_lenient).parse(input)
    }

    /// Whether this flag is set.
    #[must_use]
    pub fn contains(&self, flag: &Flag<'_>) -> bool {
        self.iter().any(|one| one == *flag)
    }

    /// `\Seen` is set.
    pub fn seen(&self) -> bool {
        self.contains(&Flag::Seen)
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
