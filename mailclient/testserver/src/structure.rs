//! BODYSTRUCTURE and BODY ([RFC 9051 section
//! 7.5.2](https://www.rfc-editor.org/rfc/rfc9051#section-7.5.2)).

use imap_proto_lite::{
    body_structure::{
        BodyStructure, BodyStructureBuilder, Disposition, Extension, Languages, Parameters,
        PartFields,
    },
    string::IString,
};
use mail_parser::{Message, MessageParser, MessagePart, PartType};

use super::{envelope::envelope, header, mime, parameters::Parameterized, section::nested};

/// Parts deeper than this are not opened.
const DEPTH: usize = 50;

/// The structure of a message, with extension data (BODYSTRUCTURE) or without (BODY).
///
/// `None` if the grammar has no form for it.
pub(super) fn body_structure(message: &[u8], extended: bool) -> Option<BodyStructure<'static>> {
    let mut writer = Writer { octets: message, extended, builder: BodyStructureBuilder::new() };
    match mime::parse(MessageParser::new().with_mime_headers(), message) {
        Some(parsed) => writer.part(&parsed, parsed.parts.first()?, message.len(), 0),
        None => writer.leaf(b"", header::split(message).1),
    }
    writer.builder.finish()
}

struct Writer<'m> {
    octets: &'m [u8],
    extended: bool,
    builder: BodyStructureBuilder,
}

impl Writer<'_> {
    fn part(&mut self, message: &Message<'_>, part: &MessagePart<'_>, end: usize, depth: usize) {
        let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        let header =
            self.octets.get(at(part.offset_header)..at(part.offset_body)).unwrap_or_default();
        let body = self.octets.get(at(part.offset_body)..end).unwrap_or_default();
        let extension = self.extended.then(|| extension(header));
        match &part.body {
            PartType::Multipart(children) if !children.is_empty() && depth < DEPTH => {
                self.builder.multipart_start();
                for child in children {
                    if let Some(child) =
                        usize::try_from(*child).ok().and_then(|child| message.parts.get(child))
                    {
                        self.part(message, child, at(child.offset_end), depth + 1);
                    }
                }
                let kind = content_type(header, "multipart/mixed");
                let (_, subtype) = kind.halves().unwrap_or((b"multipart", b"mixed"));
                let subtype = IString::new(subtype.to_vec());
                self.builder.multipart_end(&subtype, &parameters(&kind), extension.as_ref());
            }
            PartType::Message(_) if depth < DEPTH => {
                match nested(part).and_then(|inner| Some((inner, inner.parts.first()?))) {
                    Some((inner, root)) => {
                        let fields = fields(header, body, &content_type(header, "message/rfc822"));
                        self.builder.message_start(&fields, &envelope(body));
                        self.part(inner, root, end, depth + 1);
                        self.builder.message_end(&fields, lines(body), extension.as_ref());
                    }
                    None => self.leaf(header, body),
                }
            }
            _ => self.leaf(header, body),
        }
    }

    fn leaf(&mut self, header: &[u8], body: &[u8]) {
        let mut kind = content_type(header, "text/plain; charset=us-ascii");
        if kind.halves().is_none_or(|(media_type, _)| media_type.eq_ignore_ascii_case(b"multipart"))
        {
            // A multipart without parts.
            kind = Parameterized::of(b"text/plain");
        }
        let fields = fields(header, body, &kind);
        let extension = self.extended.then(|| extension(header));
        if fields.media_type.eq_ignore_ascii_case("text") {
            self.builder.text(&fields, lines(body), extension.as_ref());
        } else if fields.media_type.eq_ignore_ascii_case("message")
            && fields.subtype.eq_ignore_ascii_case("rfc822")
        {
            // The grammar has no message without envelope and body. This one cannot be opened, so
            // its body is text.
            let mut text = PartFields::default();
            text.media_type = IString::from("text");
            text.subtype = IString::from("plain");
            text.encoding = fields.encoding.clone();
            text.octets = fields.octets;
            let inner = self.extended.then(Extension::default);
            self.builder.message_start(&fields, &envelope(body));
            self.builder.text(&text, lines(body), inner.as_ref());
            self.builder.message_end(&fields, lines(body), extension.as_ref());
        } else {
            self.builder.basic(&fields, extension.as_ref());
        }
    }
}

fn content_type(header: &[u8], default: &str) -> Parameterized {
    let given = header::value(header, "Content-Type").map(|value| Parameterized::of(&value));
    given
        .filter(|given| given.halves().is_some())
        .unwrap_or_else(|| Parameterized::of(default.as_bytes()))
}

fn parameters(value: &Parameterized) -> Parameters<'static> {
    let parameters = value.parameters.iter();
    Parameters::new(
        parameters
            .map(|(name, value)| (IString::new(name.clone()), Some(IString::new(value.clone())))),
    )
}

fn fields(header: &[u8], body: &[u8], kind: &Parameterized) -> PartFields<'static> {
    let text = |name: &str| header::value(header, name).map(IString::new);
    let (media_type, subtype) = kind.halves().unwrap_or((b"text", b"plain"));
    let mut fields = PartFields::default();
    fields.media_type = IString::new(media_type.to_vec());
    fields.subtype = IString::new(subtype.to_vec());
    fields.parameters = parameters(kind);
    fields.id = text("Content-ID");
    fields.description = text("Content-Description");
    fields.encoding = text("Content-Transfer-Encoding").or_else(|| Some(IString::from("7bit")));
    fields.octets = u64::try_from(body.len()).unwrap_or(u64::MAX);
    fields.md5 = text("Content-MD5");
    fields
}

fn extension(header: &[u8]) -> Extension<'static> {
    let mut extension = Extension::default();
    extension.disposition = header::value(header, "Content-Disposition").map(|value| {
        let value = Parameterized::of(&value);
        Disposition::new(IString::new(value.value.clone()), parameters(&value))
    });
    if let Some(languages) = header::value(header, "Content-Language") {
        let languages = languages.split(|&octet| octet == b',').map(<[u8]>::trim_ascii);
        extension.languages = Languages::new(languages.map(IString::from));
    }
    extension.location = header::value(header, "Content-Location").map(IString::new);
    extension
}

fn lines(body: &[u8]) -> u64 {
    let count = body.iter().filter(|&&octet| octet == b'\n').count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use imap_proto_lite::body_structure::{Part, PartKind};

    use super::{super::messages::built_in, *};

    fn shown(part: Part<'_>) -> String {
        let number = part.number().map(|number| number.to_string()).unwrap_or_default();
        let kind =
            format!("{}/{}", part.media_type().to_str_lossy(), part.subtype().to_str_lossy());
        format!("{number} {kind} {:?}", part.kind())
    }

    #[test]
    fn every_built_in_message_has_a_structure() {
        for seed in built_in() {
            for extended in [false, true] {
                let structure = body_structure(&seed.octets, extended);
                assert!(structure.is_some(), "{:?}", seed.octets.get(..100));
            }
        }
    }

    #[test]
    fn a_forwarded_message_is_a_message_in_a_message() {
        let seeds = built_in();
        let forwarded = seeds.iter().find(|seed| seed.octets.starts_with(b"From: Carol")).unwrap();
        let structure = body_structure(&forwarded.octets, true).unwrap();
        let parts: Vec<String> = structure.parts().map(shown).collect();
        assert_eq!(parts.len(), 6, "{parts:#?}");
        assert!(
            structure.parts().any(|part| matches!(part.kind(), PartKind::Message)),
            "{parts:#?}"
        );
    }

    #[test]
    fn names_and_languages_of_attachments() {
        let seeds = built_in();
        let mixed = seeds.iter().find(|seed| seed.octets.starts_with(b"From: \"Hopper")).unwrap();
        let structure = body_structure(&mixed.octets, true).unwrap();
        let shown = format!("{structure:?}");
        for piece in [
            "expenses 2026-02.csv",
            "one line per day",
            "<column@example.org>",
            "S%C3%A4ule.png",
            "\"de\"",
        ] {
            assert!(shown.contains(piece), "{piece}: {shown}");
        }
    }

    #[test]
    fn what_lies_about_its_type_is_text() {
        for message in [
            &b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts\r\n"[..],
            b"Content-Type: nonsense\r\n\r\nx",
            b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nRnJvbTogYUBiDQoNCg==",
            b"",
            b"\r\n",
            b"no header at all",
        ] {
            assert!(body_structure(message, true).is_some(), "{}", message.escape_ascii());
        }
    }

    #[test]
    fn parts_too_deep_are_not_opened() {
        let mut message = Vec::new();
        for level in 0..200 {
            message.extend(
                format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
                    .into_bytes(),
            );
        }
        message.extend_from_slice(b"\r\ndeep\r\n");
        assert!(body_structure(&message, true).is_some());
    }
}
