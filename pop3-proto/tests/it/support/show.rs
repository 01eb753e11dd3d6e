//! Events as text.

use mail_harness::text::quoted;
use pop3_proto::{CommandId, ResponseCode, client::Event};

/// An event; `name` gives the keyword of its command.
pub(crate) fn show(event: &Event, name: impl Fn(CommandId) -> String) -> String {
    let number =
        |number: &Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let code = |code: &Option<ResponseCode>| {
        code.as_ref().map_or_else(String::new, |code| format!(" {code:?}"))
    };
    match event {
        Event::Greeting { status, code: found, text, timestamp, .. } => {
            let timestamp = timestamp
                .as_ref()
                .map_or_else(String::new, |timestamp| format!(" timestamp {timestamp}"));
            format!("greeting {status:?}{} {}{timestamp}", code(found), quoted(text.as_bytes()))
        }
        Event::Stat { messages, octets, .. } => format!("stat {messages} {}", number(octets)),
        Event::ScanListing { number: message, octets, .. } => {
            format!("scan-listing {message} {}", number(octets))
        }
        Event::UniqueId { number, unique_id, .. } => {
            let unique_id = unique_id
                .as_ref()
                .map_or_else(|| "none".to_owned(), |unique_id| quoted(unique_id.as_bytes()));
            format!("unique-id {number} {unique_id}")
        }
        Event::Capability { capability, .. } => format!("capability {capability:?}"),
        Event::Language { tag, description, .. } => {
            let description = description
                .as_ref()
                .map_or_else(|| "none".to_owned(), |text| quoted(text.as_bytes()));
            format!("language {} {description}", quoted(tag))
        }
        Event::Line { line, .. } => format!("line {}", quoted(line)),
        Event::Unrecognized { line, .. } => format!("unrecognized {}", quoted(line)),
        Event::BodyStart { octets, .. } => format!("body-start {}", number(octets)),
        Event::Body { chunk, .. } => format!("body {}", quoted(chunk)),
        Event::BodyEnd { octets, .. } => format!("body-end {octets}"),
        Event::Continuation { id, .. } => format!("continuation {}", name(*id)),
        Event::Challenge { id, data, .. } => format!("challenge {} {}", name(*id), quoted(data)),
        Event::OAuthFailure { failure, .. } => {
            format!(
                "oauth-failure status {:?} scope {:?} schemes {:?}",
                failure.status, failure.scope, failure.schemes
            )
        }
        Event::TokenTooLong { octets, .. } => format!("token-too-long {octets}"),
        Event::StartTls { id, .. } => format!("start-tls {}", name(*id)),
        Event::Done { id, status, code: found, text, .. } => {
            format!("done {} {status:?}{} {}", name(*id), code(found), quoted(text.as_bytes()))
        }
        other => panic!("an event the harness does not know: {other:?}"),
    }
}
