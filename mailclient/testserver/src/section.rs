//! The sections of a message that FETCH can name, each a slice of the message's bytes
//! ([RFC 9051 section 6.4.5](https://www.rfc-editor.org/rfc/rfc9051#section-6.4.5)).
//!
//! [`mail_parser`] finds the parts. It also decodes them, which costs memory during the call, so it
//! runs only for parts by number.

use bytes::Bytes;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, PartType};

use super::{header, mime};

/// A part: the places of its MIME header and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) mime: Bytes,
    pub(super) body: Bytes,
    /// Whether the content is itself a message, which has HEADER and TEXT.
    pub(super) is_message: bool,
}

/// The header of a message with its empty line.
pub(super) fn header_of(message: &Bytes) -> Bytes {
    message.slice_ref(header::split(message).0)
}

/// The text of a message: everything after the empty line.
pub(super) fn text_of(message: &Bytes) -> Bytes {
    message.slice_ref(header::split(message).1)
}

/// The named fields of a header, or (`except`) all others, and an empty line.
pub(super) fn header_fields<'n>(
    message: &[u8],
    names: impl Iterator<Item = &'n [u8]> + Clone,
    except: bool,
) -> Vec<u8> {
    let mut octets = Vec::new();
    for field in header::fields(message) {
        let named = names.clone().any(|name| name.eq_ignore_ascii_case(field.name));
        if named != except {
            octets.extend_from_slice(field.raw);
        }
    }
    if !octets.is_empty() && !octets.ends_with(b"\n") {
        octets.extend_from_slice(b"\r\n");
    }
    octets.extend_from_slice(b"\r\n");
    octets
}

/// At most `count` bytes from `offset` on.
pub(super) fn partial(octets: &Bytes, offset: u64, count: u64) -> Bytes {
    let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
    let start = offset.min(length);
    let end = offset.saturating_add(count).min(length);
    // Both are at most `length`, which was a usize.
    let place = |at| usize::try_from(at).unwrap_or(octets.len());
    octets.slice(place(start)..place(end))
}

/// The part with these numbers (`section-part`).
pub(super) fn part(message: &Bytes, path: &[u32]) -> Option<Part> {
    let Some(parsed) = mime::parse(MessageParser::new().with_mime_headers(), message) else {
        // As its BODYSTRUCTURE says: one part of text.
        return (path == [1]).then(|| Part {
            mime: header_of(message),
            body: text_of(message),
            is_message: false,
        });
    };
    let root = parsed.parts.first()?;
    // A message and its content share a number; every other level has another one.
    let mut place = Place { message: &parsed, part: root, is_whole: true };
    for &number in path {
        place = place.below(number)?;
    }
    let part = place.part;
    let at = |offset: u32| usize::try_from(offset).ok();
    let (start, body, end) = (at(part.offset_header)?, at(part.offset_body)?, at(part.offset_end)?);
    let end = if std::ptr::eq(part, root) { message.len() } else { end };
    Some(Part {
        mime: message.slice_ref(message.get(start..body)?),
        body: message.slice_ref(message.get(body..end.max(body))?),
        is_message: nested(part).is_some(),
    })
}

#[derive(Clone, Copy)]
struct Place<'p, 'm> {
    message: &'p Message<'m>,
    part: &'p MessagePart<'m>,
    /// The message as a whole, not yet its content.
    is_whole: bool,
}

impl Place<'_, '_> {
    fn below(mut self, number: u32) -> Option<Self> {
        if !self.is_whole
            && let Some(message) = nested(self.part)
        {
            self.part = message.parts.first()?;
            self.message = message;
            self.is_whole = true;
        }
        let part = match &self.part.body {
            PartType::Multipart(children) => {
                let child = children.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
                self.message.parts.get(usize::try_from(*child).ok()?)?
            }
            // A message without parts has one part: its content.
            _ if number == 1 && self.is_whole => self.part,
            _ => return None,
        };
        Some(Self { part, is_whole: false, ..self })
    }
}

/// The message inside a part, unless it is encoded: then its bytes are not those of the outer one.
pub(super) fn nested<'p, 'm>(part: &'p MessagePart<'m>) -> Option<&'p Message<'m>> {
    match &part.body {
        PartType::Message(message) if part.encoding == Encoding::None => Some(message),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::messages::built_in, *};

    fn message(subject: &str) -> Bytes {
        let found = built_in().into_iter().map(|seed| seed.octets).find(|octets| {
            header::value(octets, "Subject")
                .is_some_and(|value| value.starts_with(subject.as_bytes()))
        });
        found.unwrap()
    }

    fn body(message: &Bytes, path: &[u32]) -> Option<String> {
        part(message, path).map(|part| String::from_utf8(part.body.to_vec()).unwrap())
    }

    #[test]
    fn the_only_part_of_a_plain_message_is_number_one() {
        let message = message("Notes");
        assert_eq!(part(&message, &[1]).unwrap().body, text_of(&message));
        assert_eq!(part(&message, &[1]).unwrap().mime, header_of(&message));
        assert_eq!(part(&message, &[2]), None);
        assert_eq!(part(&message, &[1, 1]), None);
    }

    #[test]
    fn parts_of_a_mixed_message() {
        let message = message("Expenses");
        assert_eq!(
            body(&message, &[1]).as_deref(),
            Some("The table is attached. Two receipts are missing.")
        );
        let table = part(&message, &[2]).unwrap();
        assert!(
            table.mime.starts_with(b"Content-Type: text/csv") && table.mime.ends_with(b"\r\n\r\n")
        );
        assert!(table.body.starts_with(b"ZGF5") && table.body.ends_with(b"MDAK"));
        assert!(body(&message, &[3]).unwrap().ends_with("ggg=="));
        assert_eq!(part(&message, &[4]), None);
        assert_eq!(part(&message, &[0]), None);
        assert_eq!(part(&message, &[1, 1]), None);
    }

    #[test]
    fn parts_of_a_forwarded_message() {
        let message = message("Fwd:");
        assert_eq!(body(&message, &[1]).as_deref(), Some("See below."));
        let forwarded = part(&message, &[2]).unwrap();
        assert!(forwarded.is_message);
        assert!(
            forwarded.body.starts_with(b"From: Dave") && forwarded.body.ends_with(b"--inner--")
        );
        assert!(forwarded.mime.starts_with(b"Content-Type: message/rfc822"));
        assert_eq!(body(&message, &[2, 1]).as_deref(), Some("In plain text."));
        assert_eq!(body(&message, &[2, 2]).as_deref(), Some("<p>In HTML.</p>"));
        assert_eq!(part(&message, &[2, 3]), None);
    }

    #[test]
    fn fields_by_name_and_all_others() {
        let message = message("To a group");
        let names = [&b"TO"[..], b"x-missing", b"subject"];
        assert_eq!(
            header_fields(&message, names.into_iter(), false),
            b"To: Engineers: ada@example.org, Grace Hopper <grace@example.org>;,\r\n alice@example.com\r\nSubject: To a group\r\n\r\n"
        );
        let others = header_fields(&message, names.into_iter(), true);
        assert!(others.starts_with(b"From: List") && others.ends_with(b"\r\n\r\n"));
        assert!(!others.windows(4).any(|four| four == b"\nTo:"));
        assert_eq!(header_fields(b"A: b", [&b"a"[..]].into_iter(), false), b"A: b\r\n\r\n");
        assert_eq!(header_fields(b"A: b", [].into_iter(), false), b"\r\n");
    }

    #[test]
    fn a_partial_stays_inside() {
        let octets = Bytes::from_static(b"0123456789");
        assert_eq!(partial(&octets, 0, 4), "0123");
        assert_eq!(partial(&octets, 8, 4), "89");
        assert_eq!(partial(&octets, 10, 4), "");
        assert_eq!(partial(&octets, u64::MAX, u64::MAX), "");
    }

    #[test]
    fn any_octets_give_an_answer() {
        for seed in built_in() {
            for path in [&[1][..], &[2], &[1, 1], &[2, 1, 1], &[2, 2]] {
                for cut in [0, 1, 100, 300, 500, 700, 900] {
                    let _ = part(&seed.octets.slice(..cut.min(seed.octets.len())), path);
                }
            }
        }
    }
}
