//! The text forms of message ids. They are stored by applications: no version may change them.

use std::{fmt, num::NonZeroU32, str::FromStr};

use crate::{
    folder::FolderName,
    id::message_id::{Id, MessageId, NotAMessageId},
};

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Id::Uid { folder, validity, uid } => {
                write!(f, "imap1:{validity}:{uid}:{}", percent_encode(folder.as_str().as_bytes()))
            }
            Id::Pop3(octets) => write!(f, "pop1:{}", percent_encode(octets)),
            Id::Session { folder, session, number } => {
                let folder = percent_encode(folder.as_str().as_bytes());
                write!(f, "session:{session:08x}:{number}:{folder}")
            }
            Id::Custom(text) => {
                let (name, value) = text.split_once(':').unwrap_or((text, ""));
                write!(f, "x-{name}:{}", percent_encode(value.as_bytes()))
            }
        }
    }
}

impl FromStr for MessageId {
    type Err = NotAMessageId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| NotAMessageId::of(text))
    }
}

fn parse(text: &str) -> Option<MessageId> {
    let (scheme, rest) = text.split_once(':')?;
    Some(MessageId(match scheme {
        "imap1" => {
            let (validity, rest) = rest.split_once(':')?;
            let (uid, folder) = rest.split_once(':')?;
            Id::Uid { folder: folder_name(folder)?, validity: number(validity)?, uid: number(uid)? }
        }
        "pop1" => {
            let octets = percent_decode(rest).filter(|octets| !octets.is_empty())?;
            Id::Pop3(octets.into())
        }
        "session" => {
            let (session, rest) = rest.split_once(':')?;
            let (count, folder) = rest.split_once(':')?;
            let session = u32::from_str_radix(session, 16)
                .ok()
                .filter(|number| format!("{number:08x}") == session)?;
            Id::Session { folder: folder_name(folder)?, session, number: number(count)? }
        }
        custom => {
            let value = percent_decoded(rest)?;
            return MessageId::custom(custom.strip_prefix("x-")?, &value).ok();
        }
    }))
}

/// A number in its only form: `007` and `+7` are other texts for the same id.
pub(super) fn number(text: &str) -> Option<NonZeroU32> {
    text.parse().ok().filter(|number: &NonZeroU32| number.to_string() == text)
}

pub(crate) fn folder_name(text: &str) -> Option<FolderName> {
    FolderName::from_server(&percent_decoded(text)?)
}

/// Percent-encodes every byte that is special in a file name, in a shell or on a terminal.
pub(crate) fn percent_encode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for &octet in octets {
        if octet.is_ascii_alphanumeric() || b"-_.@+=".contains(&octet) {
            text.push(octet.into());
        } else {
            text.push_str(&format!("%{octet:02X}"));
        }
    }
    text
}

/// Undoes the percent-encoding of a text in UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    String::from_utf8(percent_decode(text)?).ok()
}

/// Undoes percent-encoding (RFC 3986 section 2.1); `None` where a `%` is not followed by two hex
/// digits.
fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut octets = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(octet) = octets.next() {
        decoded.push(if octet == b'%' {
            let high = char::from(octets.next()?).to_digit(16)?;
            let low = char::from(octets.next()?).to_digit(16)?;
            u8::try_from(high << 4 | low).ok()?
        } else {
            octet
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn folder(name: &str) -> FolderName {
        FolderName::new(name).unwrap()
    }

    /// Applications store these texts: a change here loses the ids of every one of them.
    #[test]
    fn text_forms_are_frozen() {
        let uid = |name, validity, uid| MessageId::uid(folder(name), n(validity), n(uid));
        let session = Id::Session { folder: folder("INBOX"), session: 0xDEAD_BEEF, number: n(7) };
        let rows = [
            (uid("INBOX", 1_700_000_000, 42), "imap1:1700000000:42:INBOX"),
            (uid("inbox", 1, 1), "imap1:1:1:INBOX"),
            (
                uid("Entwürfe/2026:x", u32::MAX, u32::MAX),
                "imap1:4294967295:4294967295:Entw%C3%BCrfe%2F2026%3Ax",
            ),
            (uid("\u{fffd}&-", 1, 2), "imap1:1:2:%EF%BF%BD%26-"),
            (MessageId::unique_id(b"1a/ \xff%2..<"), "pop1:1a%2F%20%FF%252..%3C"),
            (MessageId(session), "session:deadbeef:7:INBOX"),
            (
                MessageId::custom("maildir", "1764.M1P2.host:2,S").unwrap(),
                "x-maildir:1764.M1P2.host%3A2%2CS",
            ),
        ];
        for (id, text) in rows {
            assert_eq!(id.to_string(), text);
            assert_eq!(text.parse::<MessageId>().unwrap(), id);
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "imap1:",
            "imap1:1",
            "imap1:1:1",
            "imap1:0:1:INBOX",
            "imap1:1:0:INBOX",
            "imap1:01:1:INBOX",
            "imap1:+1:1:INBOX",
            "imap1:4294967296:1:INBOX",
            "imap1:1:1:a%0Ab",
            "imap1:1:1:%FF",
            "imap2:1:1:INBOX",
            "imap:1:1",
            "pop1:",
            "pop1:%4",
            "pop1:%zz",
            "session:1",
            "session:x:1:INBOX",
            "session:1:0:INBOX",
            "session:1:7:INBOX",
            "session:+0000001:7:INBOX",
            "session:DEADBEEF:7:INBOX",
            "x-:1",
            "x-A:1",
            "y-a:1",
            "x-a",
        ] {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
    }
}
