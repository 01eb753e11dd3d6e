//! Names of mailboxes: RFC 9051 section 5.1 and RFC 3501 section 5.1.3 (modified UTF-7).

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::fmt;

use base64::{
    Engine as _,
    alphabet::IMAP_MUTF7,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::{types::argument::is_line, wire::IString};

/// The name of a mailbox: the octets of the server, which are sent back unchanged, and the text for
/// people.
///
/// `INBOX` is the same name in any case. Two names are equal when their wire forms are.
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

/// Precedes the octets of a name that is not modified UTF-7, shown as characters of Latin-1.
const RAW_MARK: char = '\u{fffd}';

impl<'a> MailboxName<'a> {
    /// The mailbox that every user has.
    pub const INBOX: MailboxName<'static> = MailboxName(Repr::Unicode(Cow::Borrowed("INBOX")));

    /// The name as people write it. It is sent as modified UTF-7, or as UTF-8 where the session has
    /// agreed on that.
    ///
    /// # Errors
    /// The name holds CR, LF or NUL.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Result<Self, NotAMailboxName> {
        let name = name.into();
        if !is_line(name.as_bytes()) {
            return Err(NotAMailboxName);
        }
        // A text that `decoded` made from octets which are not modified UTF-7 becomes those octets.
        if let Some(raw) = name.strip_prefix(RAW_MARK)
            && let Some(octets) = raw
                .chars()
                .map(|char| u8::try_from(u32::from(char)).ok())
                .collect::<Option<Vec<_>>>()
        {
            return Ok(Self(Repr::Wire(IString::new(octets))));
        }
        Ok(Self(Repr::Unicode(name)))
    }

    /// The name as a server sent it and the program stored it.
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

    /// The wire form in a session without UTF-8.
    pub fn raw(&self) -> Cow<'_, [u8]> {
        self.wire(false)
    }

    /// The wire form: a name of the program is encoded for the session, a name of the server is
    /// unchanged.
    #[must_use]
    pub(crate) fn wire(&self, utf8: bool) -> Cow<'_, [u8]> {
        match &self.0 {
            Repr::Wire(raw) => raw.to_cow(),
            Repr::Unicode(name) if utf8 => Cow::Borrowed(name.as_bytes()),
            Repr::Unicode(name) => encode(name),
        }
    }

    /// The name for people, from modified UTF-7 or, where it holds 8-bit, from UTF-8. Different
    /// names of one server give different texts: octets that are neither become U+FFFD and Latin-1,
    /// and [`MailboxName::new`] turns that text into the same octets again.
    pub fn decoded(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Unicode(name) => Cow::Borrowed(name),
            Repr::Wire(raw) => match raw.to_cow() {
                Cow::Borrowed(raw) => decode(raw),
                Cow::Owned(raw) => Cow::Owned(decode(&raw).into_owned()),
            },
        }
    }

    /// The name for people in a session that has agreed on UTF-8 (RFC 6855, IMAP4rev2), where `&`
    /// is a plain letter. As in [`decoded`](Self::decoded), octets that are not UTF-8 become U+FFFD
    /// and Latin-1.
    pub fn decoded_utf8(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Unicode(name) => Cow::Borrowed(name),
            Repr::Wire(raw) => match raw.to_cow() {
                Cow::Borrowed(raw) => decode_utf8(raw),
                Cow::Owned(raw) => Cow::Owned(decode_utf8(&raw).into_owned()),
            },
        }
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

/// The name for people.
impl fmt::Display for MailboxName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.decoded())
    }
}

impl fmt::Debug for MailboxName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.decoded().as_ref(), f)
    }
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

const fn is_direct(char: char) -> bool {
    matches!(char, ' '..='~')
}

/// Modified UTF-7 of `name`.
pub(crate) fn encode(name: &str) -> Cow<'_, [u8]> {
    if name.chars().all(|char| is_direct(char) && char != '&') {
        return Cow::Borrowed(name.as_bytes());
    }
    let mut out = Vec::with_capacity(name.len() * 2);
    let mut units = Vec::new();
    let shift = |units: &mut Vec<u8>, out: &mut Vec<u8>| {
        if !units.is_empty() {
            out.push(b'&');
            out.extend_from_slice(BASE64.encode(&units).as_bytes());
            out.push(b'-');
            units.clear();
        }
    };
    for char in name.chars() {
        if !is_direct(char) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                units.extend_from_slice(&unit.to_be_bytes());
            }
            continue;
        }
        shift(&mut units, &mut out);
        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        if char == '&' {
            out.push(b'-');
        }
    }
    shift(&mut units, &mut out);
    Cow::Owned(out)
}

/// The text of a wire name.
fn decode(raw: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = core::str::from_utf8(raw) {
        if !text.is_ascii() {
            // 8-bit: the server sends UTF-8.
            if !text.starts_with(RAW_MARK) {
                return Cow::Borrowed(text);
            }
        } else if !text.contains('&') {
            return Cow::Borrowed(text);
        } else if let Some(decoded) = decode_modified_utf7(text) {
            // Only the canonical encoding of a text is decoded, so that names stay different.
            if !decoded.starts_with(RAW_MARK) && encode(&decoded).as_ref() == raw {
                return Cow::Owned(decoded);
            }
        }
    }
    Cow::Owned(marked(raw))
}

/// The text of a wire name in UTF-8.
fn decode_utf8(raw: &[u8]) -> Cow<'_, str> {
    match core::str::from_utf8(raw) {
        Ok(text) if !text.starts_with(RAW_MARK) => Cow::Borrowed(text),
        _ => Cow::Owned(marked(raw)),
    }
}

/// The mark and the octets as the characters of Latin-1.
fn marked(raw: &[u8]) -> String {
    let mut text = String::from(RAW_MARK);
    text.extend(raw.iter().map(|octet| char::from(*octet)));
    text
}

fn decode_modified_utf7(text: &str) -> Option<String> {
    let mut pieces = text.split('&');
    let mut out = String::from(pieces.next()?);
    for piece in pieces {
        let (shifted, direct) = piece.split_once('-')?;
        if shifted.is_empty() {
            out.push('&');
        } else {
            let octets = BASE64.decode(shifted).ok()?;
            let (units, rest) = octets.as_chunks::<2>();
            if !rest.is_empty() {
                return None;
            }
            for char in char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit))) {
                out.push(char.ok()?);
            }
        }
        out.push_str(direct);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        for (text, wire) in [
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Hi Mom -☺-!", "Hi Mom -&Jjo--!"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("R&D", "R&-D"),
            ("\u{1f600}", "&2D3eAA-"),
            ("plain", "plain"),
        ] {
            assert_eq!(MailboxName::new(text).unwrap().raw(), wire.as_bytes());
            assert_eq!(MailboxName::from_wire(wire.as_bytes()).unwrap().decoded(), text);
        }
    }

    #[test]
    fn only_the_right_encoding_is_decoded() {
        // Not closed, needless, two shifts in a row, odd octets, lone surrogate, padding bits set.
        for wire in ["&", "a&b", "&AGE-", "&U,A-&UwE-", "&2D0-", "&AP-", "&APx-", "&-&APw-x&"] {
            let name = MailboxName::from_wire(wire.as_bytes()).unwrap();
            let text = name.decoded().into_owned();
            assert_eq!(
                MailboxName::new(text.as_str()).unwrap().raw(),
                wire.as_bytes(),
                "{wire} {text}"
            );
        }
    }

    #[test]
    fn latin_1_comes_back_as_it_was() {
        let name = MailboxName::from_wire(&b"Entw\xfcrfe"[..]).unwrap();
        assert_eq!(name.decoded(), "\u{fffd}Entwürfe");
        assert_eq!(MailboxName::new(name.decoded().into_owned()).unwrap(), name);
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
    }

    #[test]
    fn in_an_utf8_session_the_ampersand_is_a_letter() {
        assert_eq!(MailboxName::from_wire(&b"R&D"[..]).unwrap().decoded_utf8(), "R&D");
        assert_eq!(
            MailboxName::new("Entwürfe").unwrap().wire(true).as_ref(),
            "Entwürfe".as_bytes()
        );
    }

    #[test]
    fn in_an_utf8_session_every_name_comes_back_as_it_was() {
        for wire in [
            &b"Entw\xfcrfe"[..],
            b"Entw\xfdrfe",
            "Entwürfe".as_bytes(),
            "\u{fffd}Entwürfe".as_bytes(),
            "\u{fffd}日本".as_bytes(),
            b"R&D",
            b"Entw&APw-rfe",
            b"\xff",
            b"",
        ] {
            let name = MailboxName::from_wire(wire).unwrap();
            let text = name.decoded_utf8().into_owned();
            let again = MailboxName::new(text.as_str()).unwrap();
            assert_eq!(again.wire(true).as_ref(), wire, "{text}");
        }
    }
}
