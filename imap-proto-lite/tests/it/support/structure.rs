//! ENVELOPE and BODYSTRUCTURE as text, with every value that is there.

use imap_proto_lite::{
    body_structure::{BodyStructure, Parameters, Part},
    envelope::{AddressKind, AddressList, Envelope},
    string::IString,
};

fn text(value: &IString<'_>) -> String {
    value.to_cow().escape_ascii().to_string()
}

/// Only the fields that are not NIL.
pub(crate) fn envelope(envelope: &Envelope<'_>) -> String {
    let mut fields = Vec::new();
    let mut string = |name: &str, value: &Option<IString<'_>>| {
        fields.extend(value.as_ref().map(|value| format!("{name}={}", text(value))))
    };
    string("date", &envelope.date());
    string("subject", &envelope.subject());
    string("in-reply-to", &envelope.in_reply_to());
    string("message-id", &envelope.message_id());
    for (name, list) in [
        ("from", &envelope.from()),
        ("sender", &envelope.sender()),
        ("reply-to", &envelope.reply_to()),
        ("to", &envelope.to()),
        ("cc", &envelope.cc()),
        ("bcc", &envelope.bcc()),
    ] {
        if !list.is_empty() {
            fields.push(format!("{name}={}", addresses(list)));
        }
    }
    format!("[{}]", fields.join("; "))
}

fn addresses(list: &AddressList<'_>) -> String {
    let one = |value: &Option<IString<'_>>| value.as_ref().map_or_else(|| "-".into(), text);
    list.iter()
        .map(|address| match address.kind() {
            AddressKind::GroupStart => format!("group {}", one(&address.mailbox)),
            AddressKind::GroupEnd => "end of group".into(),
            AddressKind::Mailbox => {
                let name = address
                    .name
                    .as_ref()
                    .map_or_else(String::new, |name| format!("{} ", text(name)));
                format!("{name}<{}@{}>", one(&address.mailbox), one(&address.host))
            }
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// One pair of brackets for each part.
pub(crate) fn body(structure: &BodyStructure<'_>) -> String {
    structure.parts().map(part).collect::<Vec<_>>().join(" ")
}

fn part(part: Part<'_>) -> String {
    let mut words = vec![
        part.number().map_or_else(|| "-".into(), |number| number.to_string()),
        format!("{:?}", part.kind()),
        format!("{}/{}", text(&part.media_type()), text(&part.subtype())),
    ];
    words.extend(parameters("", &part.parameters()));
    let mut string = |name: &str, value: Option<IString<'_>>| {
        words.extend(value.map(|value| format!("{name}={}", text(&value))))
    };
    string("id", part.id());
    string("description", part.description());
    string("encoding", part.encoding());
    string("md5", part.md5());
    string("location", part.location());
    words.extend(part.octets().map(|octets| format!("octets={octets}")));
    words.extend(part.lines().map(|lines| format!("lines={lines}")));
    words.extend(part.envelope().map(|found| format!("envelope={}", envelope(&found))));
    if let Some(disposition) = part.disposition() {
        words.push(format!("disposition={}", text(&disposition.kind)));
        words.extend(parameters("disposition.", &disposition.parameters));
    }
    words.extend(part.languages().iter().map(|language| format!("language={}", text(&language))));
    words.extend(part.extensions().map(|rest| format!("extensions={}", rest.escape_ascii())));
    format!("[{}]", words.join(" "))
}

fn parameters(prefix: &str, parameters: &Parameters<'_>) -> Vec<String> {
    parameters
        .iter()
        .map(|(name, value)| {
            let value = value.as_ref().map_or_else(|| "NIL".into(), text);
            format!("{prefix}{}={value}", text(&name))
        })
        .collect()
}
