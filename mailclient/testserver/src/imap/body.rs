//! The bytes that FETCH asks for: sections of a message, and decoded parts ([RFC
//! 3516](https://www.rfc-editor.org/rfc/rfc3516)).

use std::num::NonZeroU32;

use bytes::Bytes;
use imap_proto_lite::{
    command::FetchItem,
    section::{HeaderNames, PartNumber, Partial, Section, SectionText},
};
use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};

use super::super::{header, section};

/// The transfer encoding of a part is none that this server can undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnknownEncoding;

/// The bytes of an item.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Where they start, if only some were asked for.
    pub(super) origin: Option<u64>,
    /// `None` if the message has no such part.
    pub(super) octets: Option<Bytes>,
}

/// The bytes of an item that has a body; `None` for other items.
pub(super) fn body(
    message: &Bytes,
    item: &FetchItem<'_>,
) -> Option<Result<Piece, UnknownEncoding>> {
    let (octets, partial) = match item {
        FetchItem::BodySection { section, partial, .. } => (piece(message, section), partial),
        FetchItem::Binary { part, partial, .. } => match binary(message, part.as_ref()) {
            Ok(octets) => (octets, partial),
            Err(unknown) => return Some(Err(unknown)),
        },
        FetchItem::Rfc822 => (Some(message.clone()), &None),
        _ => return None,
    };
    Some(Ok(match partial {
        Some(Partial { offset, octets: count, .. }) => {
            let (offset, count) = (u64::from(*offset), u64::from(count.get()));
            let cut = octets.map(|octets| section::partial(&octets, offset, count));
            Piece { origin: Some(offset), octets: cut }
        }
        None => Piece { origin: None, octets },
    }))
}

/// A part without its transfer encoding; `None` if the message has no such part. The whole message
/// has no encoding.
pub(super) fn binary(
    message: &Bytes,
    part: Option<&PartNumber<'_>>,
) -> Result<Option<Bytes>, UnknownEncoding> {
    let Some(number) = part else {
        return Ok(Some(message.clone()));
    };
    let path: Vec<u32> = number.path().map(NonZeroU32::get).collect();
    let Some(part) = section::part(message, &path) else {
        return Ok(None);
    };
    let encoding = header::value(&part.mime, "Content-Transfer-Encoding").unwrap_or_default();
    let decoded = match encoding.to_ascii_lowercase().as_slice() {
        b"" | b"7bit" | b"8bit" | b"binary" => Some(part.body),
        b"base64" => base64_decode(&part.body).map(Bytes::from),
        b"quoted-printable" => quoted_printable_decode(&part.body).map(Bytes::from),
        _ => None,
    };
    decoded.map(Some).ok_or(UnknownEncoding)
}

fn piece(message: &Bytes, wanted: &Section<'_>) -> Option<Bytes> {
    let inside = match &wanted.part {
        None => message.clone(),
        Some(number) => {
            let path: Vec<u32> = number.path().map(NonZeroU32::get).collect();
            let part = section::part(message, &path)?;
            match &wanted.text {
                None => return Some(part.body),
                Some(SectionText::Mime) => return Some(part.mime),
                Some(_) if part.is_message => part.body,
                Some(_) => return None,
            }
        }
    };
    let fields = |names: &HeaderNames<'_>, except| {
        let names: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        section::header_fields(&inside, names.iter().map(Vec::as_slice), except).into()
    };
    Some(match &wanted.text {
        None => inside,
        Some(SectionText::Header) => section::header_of(&inside),
        Some(SectionText::Text) => section::text_of(&inside),
        Some(SectionText::HeaderFields(names)) => fields(names, false),
        Some(SectionText::HeaderFieldsNot(names)) => fields(names, true),
        Some(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_decoded() {
        let message = Bytes::from_static(
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n\
              --x\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8A\r\n\
              --x\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\na=3Db=\r\nc\r\n\
              --x\r\n\r\nplain\r\n\
              --x\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n\r\n--x--\r\n",
        );
        let part = |number: u32| {
            let number = PartNumber::new(NonZeroU32::new(number)).unwrap();
            binary(&message, Some(&number)).map(|octets| octets.map(|octets| octets.to_vec()))
        };
        assert_eq!(part(1), Ok(Some(b"hello\0".to_vec())));
        assert_eq!(part(2), Ok(Some(b"a=bc".to_vec())));
        assert_eq!(part(3), Ok(Some(b"plain".to_vec())));
        assert_eq!(part(4), Err(UnknownEncoding));
        assert_eq!(part(5), Ok(None));
        assert_eq!(binary(&message, None), Ok(Some(message.clone())));
    }
}
