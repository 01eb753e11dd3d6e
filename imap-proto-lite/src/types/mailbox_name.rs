//! Names of mailboxes: RFC 9051 section 5.1 and RFC 3501 section 5.1.3 (modified UTF-7).

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::fmt;

use base64::{
    Engine as _,
    alphabet::IMAP_MUTF7,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::{
    types::argument::is_line,
    wire::{IString, until_last},
};

/// The name of a mailbox: the bytes of the server, which are sent back unchanged in every session,
/// and the text for people.
///
/// `INBOX` is the same name in any case. Other names are equal when their wire forms in a session
/// without UTF-8 are equal ([`raw`](Self::raw)). In a session with UTF-8 a name that the program
/// chose has another wire form, so it can differ from the name that the server sends for the same
/// mailbox. There compare texts: [`decoded`](Self::decoded) gives the program's text for exactly
/// the name that the program's name is sent as.
#[derive(Clone)]
pub struct MailboxName<'a>(Repr<'a>);

#[derive(Clone)]
enum Repr<'a> {
    /// As a server wrote it.
    Wire(IString<'a>),
    /// Chosen by the program; encoded for the session.
    Unicode(Cow<'a, str>),
}

/// The name holds CR, LF or NUL.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a mailbox name cannot hold CR, LF or NUL")]
#[non_exhaustive]
pub struct NotAMailboxName;

/// Begins the text of a name that is not the encoding of a text. After one mark follows the name,
/// if it is UTF-8; after two follow its bytes as characters of Latin-1.
const RAW_MARK: char = '\u{fffd}';

impl<'a> MailboxName<'a> {
    /// The mailbox that every user has.
    pub const INBOX: MailboxName<'static> = MailboxName(Repr::Unicode(Cow::Borrowed("INBOX")));

    /// The empty name: the reference of a LIST whose patterns are whole names.
    pub const EMPTY: MailboxName<'static> = MailboxName(Repr::Unicode(Cow::Borrowed("")));

    /// The name as people write it. It is sent as modified UTF-7, or as UTF-8 where the session has
    /// agreed on that. A text that [`decoded`](Self::decoded) gave is sent as the bytes that the
    /// server sent, in every session of the same kind.
    ///
    /// # Errors
    /// The name holds CR, LF or NUL.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Result<Self, NotAMailboxName> {
        let name = name.into();
        if !is_line(name.as_bytes()) {
            return Err(NotAMailboxName);
        }
        Ok(Self(match unmarked(&name) {
            Some(raw) => Repr::Wire(IString::new(raw)),
            None => Repr::Unicode(name),
        }))
    }

    /// The name from the bytes that a server sent, such as [`raw`](Self::raw) returned them.
    ///
    /// # Errors
    /// The name holds CR, LF or NUL.
    pub fn from_wire(name: impl Into<Cow<'a, [u8]>>) -> Result<Self, NotAMailboxName> {
        let name = name.into();
        if is_line(&name) { Ok(Self(Repr::Wire(IString::new(name)))) } else { Err(NotAMailboxName) }
    }

    /// A name in a response. The encoder refuses it if it holds CR, LF or NUL.
    pub(crate) const fn received(name: IString<'a>) -> Self {
        Self(Repr::Wire(name))
    }

    /// The wire form in a session without UTF-8: the bytes that a server sent, or modified UTF-7 of
    /// a name that the program chose. A program that stores names stores these bytes, and
    /// [`from_wire`](Self::from_wire) reads them back.
    pub fn raw(&self) -> Cow<'_, [u8]> {
        self.wire(false)
    }

    /// The wire form: a name of the program is encoded for the session, a name of the server is
    /// unchanged.
    #[must_use]
    pub(crate) fn wire(&self, utf8: bool) -> Cow<'_, [u8]> {
        match &self.0 {
            Repr::Wire(raw) => raw.to_cow(),
            Repr::Unicode(name) => encode(name, utf8),
        }
    }

    /// The name for people. `utf8` says whether the session has agreed on UTF-8 in names (RFC 6855,
    /// IMAP4rev2; [`Connection::utf8`](crate::client::Connection::utf8)); otherwise names are
    /// modified UTF-7.
    ///
    /// Different names of one server have different texts, and [`new`](Self::new) turns each into
    /// the bytes that the server sent: those that are not the encoding of a text get U+FFFD before
    /// them. Only a name with CR, LF or NUL cannot be sent back.
    #[must_use]
    pub fn decoded(&self, utf8: bool) -> Cow<'_, str> {
        match &self.0 {
            Repr::Unicode(name) => Cow::Borrowed(name),
            Repr::Wire(raw) => match raw.to_cow() {
                Cow::Borrowed(raw) => decode(raw, utf8),
                Cow::Owned(raw) => Cow::Owned(decode(&raw, utf8).into_owned()),
            },
        }
    }

    /// The name of the level above, where this octet separates the levels of names. `None` at the
    /// top. The bytes of a server stay as they are: no delimiter is part of an encoded letter.
    #[must_use]
    pub fn parent(&self, delimiter: u8) -> Option<MailboxName<'static>> {
        let parent = |name: &[u8]| {
            let trimmed = name.strip_suffix(&[delimiter]).unwrap_or(name);
            let (_, above) = until_last(delimiter)(trimmed).ok()?;
            (!above.is_empty()).then(|| above.to_vec())
        };
        Some(MailboxName(match &self.0 {
            Repr::Wire(raw) => Repr::Wire(IString::new(parent(&raw.to_cow())?)),
            Repr::Unicode(name) => {
                Repr::Unicode(Cow::Owned(String::from_utf8(parent(name.as_bytes())?).ok()?))
            }
        }))
    }

    /// Whether this is INBOX, in any case.
    pub fn is_inbox(&self) -> bool {
        match &self.0 {
            Repr::Wire(raw) => raw.eq_ignore_ascii_case("INBOX"),
            Repr::Unicode(name) => name.eq_ignore_ascii_case("INBOX"),
        }
    }

    /// Converts into an owned value.
    #[must_use]
    pub fn into_owned(self) -> MailboxName<'static> {
        MailboxName(match self.0 {
            Repr::Wire(raw) => Repr::Wire(raw.into_owned()),
            Repr::Unicode(name) => Repr::Unicode(Cow::Owned(name.into_owned())),
        })
    }
}

impl PartialEq for MailboxName<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.is_inbox() && other.is_inbox()) || self.raw() == other.raw()
    }
}

impl Eq for MailboxName<'_> {}

impl core::hash::Hash for MailboxName<'_> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        if self.is_inbox() { b"INBOX".hash(state) } else { self.raw().hash(state) }
    }
}

/// The name for people in a session without UTF-8. [`decoded`](MailboxName::decoded) gives it for
/// both kinds of sessions.
impl fmt::Display for MailboxName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.decoded(false))
    }
}

impl fmt::Debug for MailboxName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.decoded(false).as_ref(), f)
    }
}

/// The text of a wire name: what it encodes, if nothing else is encoded so, else marked.
fn decode(raw: &[u8], utf8: bool) -> Cow<'_, str> {
    let text = match core::str::from_utf8(raw) {
        Ok(text) if utf8 => Some(Cow::Borrowed(text)),
        Ok(text) => decode_modified_utf7(text),
        Err(_) => None,
    };
    let is_encoding = |text: &Cow<'_, str>| {
        !text.starts_with(RAW_MARK) && is_line(text.as_bytes()) && *encode(text, utf8) == *raw
    };
    text.filter(is_encoding).unwrap_or_else(|| Cow::Owned(marked(raw)))
}

fn marked(raw: &[u8]) -> String {
    let mut text = String::from(RAW_MARK);
    match core::str::from_utf8(raw) {
        Ok(name) if !name.starts_with(RAW_MARK) => text.push_str(name),
        _ => {
            text.push(RAW_MARK);
            text.extend(raw.iter().copied().map(char::from));
        }
    }
    text
}

/// The wire name of a marked text; `None` if no name has this text.
fn unmarked(text: &str) -> Option<Vec<u8>> {
    let name = text.strip_prefix(RAW_MARK)?;
    let raw = match name.strip_prefix(RAW_MARK) {
        Some(latin_1) => latin_1.chars().map(u8::try_from).collect::<Result<_, _>>().ok()?,
        None => name.as_bytes().to_vec(),
    };
    [false, true].into_iter().any(|utf8| decode(&raw, utf8) == text).then_some(raw)
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// The wire form of `name`: UTF-8 or modified UTF-7.
fn encode(name: &str, utf8: bool) -> Cow<'_, [u8]> {
    let is_direct = |char| matches!(char, ' '..='~');
    if utf8 || name.chars().all(|char| is_direct(char) && char != '&') {
        return Cow::Borrowed(name.as_bytes());
    }
    let mut out = String::with_capacity(name.len() * 2);
    let chars: Vec<char> = name.chars().collect();
    for run in chars.chunk_by(|one, next| is_direct(*one) == is_direct(*next)) {
        let run: String = run.iter().collect();
        if run.starts_with(is_direct) {
            out.push_str(&run.replace('&', "&-"));
        } else {
            let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
            out.extend(["&", &BASE64.encode(units), "-"]);
        }
    }
    Cow::Owned(out.into_bytes())
}

/// Also takes encodings that [`encode`] does not make.
fn decode_modified_utf7(name: &str) -> Option<Cow<'_, str>> {
    let mut pieces = name.split('&');
    let plain = pieces.next()?;
    if plain.len() == name.len() {
        return Some(Cow::Borrowed(name));
    }
    let mut out = String::from(plain);
    for piece in pieces {
        let (shifted, direct) = piece.split_once('-')?;
        if shifted.is_empty() {
            out.push('&');
        } else {
            let octets = BASE64.decode(shifted).ok()?;
            let (units, []) = octets.as_chunks::<2>() else { return None };
            let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            out.push_str(&String::from_utf16(&units).ok()?);
        }
        out.push_str(direct);
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    fn received(wire: &[u8]) -> MailboxName<'_> {
        MailboxName::received(IString::plain(wire))
    }

    #[test]
    fn the_examples_of_the_rfc() {
        for (text, wire) in [
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Hi Mom -☺-!", "Hi Mom -&Jjo--!"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("R&D", "R&-D"),
            ("\u{1f600}", "&2D3eAA-"),
            ("a\tb", "a&AAk-b"),
            ("plain", "plain"),
        ] {
            assert_eq!(MailboxName::new(text).unwrap().raw(), wire.as_bytes());
            assert_eq!(MailboxName::new(text).unwrap().wire(true), text.as_bytes());
            assert_eq!(received(wire.as_bytes()).decoded(false), text);
            assert_eq!(received(text.as_bytes()).decoded(true), text);
        }
    }

    /// The texts of a name in a session without UTF-8 and in one with it.
    #[test]
    fn a_name_that_encodes_no_text_is_marked() {
        for (wire, modified_utf7, utf8) in [
            // Not closed, needless, two shifts in a row, odd bytes, lone surrogate, padding bits.
            (&b"a&b"[..], "\u{fffd}a&b", "a&b"),
            (b"R&D", "\u{fffd}R&D", "R&D"),
            (b"&AGE-", "\u{fffd}&AGE-", "&AGE-"),
            (b"&U,A-&UwE-", "\u{fffd}&U,A-&UwE-", "&U,A-&UwE-"),
            (b"&2D0-", "\u{fffd}&2D0-", "&2D0-"),
            (b"&AP-", "\u{fffd}&AP-", "&AP-"),
            (b"&APx-", "\u{fffd}&APx-", "&APx-"),
            (b"&-&APw-x&", "\u{fffd}&-&APw-x&", "&-&APw-x&"),
            // A shift without anything in it (Yandex has a name with `&` within a shift).
            (b"&AGEAJg-", "\u{fffd}&AGEAJg-", "&AGEAJg-"),
            // NUL, CR LF, and the mark itself.
            (b"&AAA-", "\u{fffd}&AAA-", "&AAA-"),
            (b"&AA0ACg-", "\u{fffd}&AA0ACg-", "&AA0ACg-"),
            (b"&,,0-x", "\u{fffd}&,,0-x", "&,,0-x"),
            // Characters that have to be encoded.
            (b"a\tb", "\u{fffd}a\tb", "a\tb"),
            (b"a\x7f", "\u{fffd}a\x7f", "a\x7f"),
            ("Entwürfe".as_bytes(), "\u{fffd}Entwürfe", "Entwürfe"),
            ("日本".as_bytes(), "\u{fffd}日本", "日本"),
            // Latin-1, and UTF-8 that begins with the mark.
            (b"Entw\xfcrfe", "\u{fffd}\u{fffd}Entwürfe", "\u{fffd}\u{fffd}Entwürfe"),
            (
                b"\xef\xbf\xbdx",
                "\u{fffd}\u{fffd}\u{ef}\u{bf}\u{bd}x",
                "\u{fffd}\u{fffd}\u{ef}\u{bf}\u{bd}x",
            ),
            // These are encodings.
            (b"", "", ""),
            (b"a\\", "a\\", "a\\"),
            (b"Entw&APw-rfe", "Entwürfe", "Entw&APw-rfe"),
        ] {
            for (session, expected) in [(false, modified_utf7), (true, utf8)] {
                let text = received(wire).decoded(session).into_owned();
                assert_eq!(text, expected, "{}", wire.escape_ascii());
                let name = MailboxName::new(text.as_str()).unwrap();
                assert_eq!(*name.wire(session), *wire, "{text}");
            }
        }
    }

    /// One name of the program has two wire forms, and the names that these are differ: it can be
    /// equal to one of them only.
    #[test]
    fn a_name_is_compared_by_its_text_in_a_session_with_utf8() {
        for text in ["Entwürfe", "R&D", "日本", "a\tb"] {
            let name = MailboxName::new(text).unwrap();
            let (modified_utf7, utf8) = (name.wire(false), name.wire(true));
            assert_eq!(name, received(&modified_utf7));
            assert_ne!(name, received(&utf8));
            assert_ne!(received(&modified_utf7), received(&utf8));
            assert_eq!(received(&utf8).decoded(true), text);
            assert_ne!(received(&modified_utf7).decoded(true), text);
        }
        for wire in [&b"plain"[..], b"Entw\xfcrfe", b"\xef\xbf\xbdx"] {
            let text = received(wire).decoded(true).into_owned();
            assert_eq!(MailboxName::new(text).unwrap(), received(wire), "one wire form");
        }
    }

    #[test]
    fn a_mark_that_no_name_has_is_a_letter() {
        for text in ["\u{fffd}plain", "\u{fffd}\u{fffd}plain", "\u{fffd}\u{fffd}日本", "\u{fffd}"]
        {
            let name = MailboxName::new(text).unwrap();
            assert_eq!(name.decoded(false), text);
            assert_eq!(name.wire(true), text.as_bytes());
            assert!(name.raw().starts_with(b"&,,"), "{text}");
        }
    }

    #[test]
    fn the_level_above_keeps_the_bytes_of_the_server() {
        for (wire, parent) in [
            (&b"Work/R&D"[..], Some("Work")),
            (b"R&D/2026/a&b", Some("\u{fffd}R&D/2026")),
            (b"&AOk-/Entw\xfcrfe", Some("é")),
            (b"Public Folders/", None),
            (b"a/b/", Some("a")),
            (b"/x", None),
            (b"top", None),
        ] {
            let name = received(wire).decoded(false).into_owned();
            for name in [received(wire), MailboxName::new(name).unwrap()] {
                let found = name.parent(b'/').map(|name| name.decoded(false).into_owned());
                assert_eq!(found.as_deref(), parent, "{}", wire.escape_ascii());
            }
        }
        let name = MailboxName::new("Entwürfe.日本").unwrap();
        assert_eq!(name.parent(b'.').unwrap().decoded(false), "Entwürfe");
    }

    #[test]
    fn inbox_has_no_case() {
        assert_eq!(MailboxName::from_wire(&b"inBox"[..]).unwrap(), MailboxName::INBOX);
        assert_ne!(MailboxName::new("Inbox2").unwrap(), MailboxName::INBOX);
        assert_eq!(MailboxName::new("INBOX").unwrap().to_string(), "INBOX");
    }

    #[test]
    fn no_line_end_gets_in() {
        assert!(MailboxName::new("a\r\nb").is_err());
        assert!(MailboxName::new("a\0b").is_err());
        assert!(MailboxName::from_wire(&b"a\nb"[..]).is_err());
        let text = received(b"a\r\nb").decoded(false).into_owned();
        assert!(MailboxName::new(text).is_err());
    }
}
