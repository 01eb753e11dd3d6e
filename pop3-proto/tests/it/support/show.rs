//! The words of a transcript: events, commands and octets as text.

use pop3_proto::{
    Command, CommandKind, MessageNumber, ReplyShape, ResponseCode, Status, client::Event,
};

/// An event as a line of a transcript.
pub(crate) fn shown(event: &Event, keyword: &str) -> String {
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
        Event::Challenge { data, .. } => format!("challenge {}", quoted(data)),
        Event::OAuthFailure { failure, .. } => {
            format!(
                "oauth-failure status {:?} scope {:?} schemes {:?}",
                failure.status, failure.scope, failure.schemes
            )
        }
        Event::TokenTooLong { octets, .. } => format!("token-too-long {octets}"),
        Event::StartTls { .. } => "start-tls".to_owned(),
        Event::Done { status, code: found, text, .. } => {
            let status = if *status == Status::Ok { "Ok" } else { "Err" };
            format!("done {keyword} {status}{} {}", code(found), quoted(text.as_bytes()))
        }
        other => panic!("an event the harness does not know: {other:?}"),
    }
}

/// A command from its line on the wire. `raw-single`, `raw-lines` and `raw-body` in front of it make it a raw one.
pub(crate) fn with_command<T>(line: &str, use_it: impl FnOnce(Option<Command<'_>>) -> T) -> T {
    let (keyword, rest) =
        line.split_once(' ').map_or((line, None), |(keyword, rest)| (keyword, Some(rest)));
    let number = || {
        rest.and_then(|rest| rest.split(' ').next())
            .and_then(|word| word.parse::<MessageNumber>().ok())
    };
    let command = match keyword {
        "CAPA" => Some(Command::Capa),
        "STLS" => Some(Command::Stls),
        "USER" => rest.map(Command::User),
        "PASS" => Some(Command::Pass(rest.unwrap_or_default())),
        "AUTH" => rest.map(|mechanism| Command::Auth { mechanism, initial_response: None }),
        "STAT" => Some(Command::Stat),
        "LIST" => Some(Command::List(number())),
        "UIDL" => Some(Command::Uidl(number())),
        "RETR" => number().map(Command::Retr),
        "TOP" => {
            let lines =
                rest.and_then(|rest| rest.split(' ').nth(1)).and_then(|word| word.parse().ok());
            number().zip(lines).map(|(number, lines)| Command::Top { number, lines })
        }
        "DELE" => number().map(Command::Dele),
        "NOOP" => Some(Command::Noop),
        "RSET" => Some(Command::Rset),
        "QUIT" => Some(Command::Quit),
        "UTF8" => Some(Command::Utf8),
        "LANG" => Some(Command::Lang(rest)),
        "raw-single" => rest.map(|line| Command::Raw { line, reply: ReplyShape::Single }),
        "raw-lines" => rest.map(|line| Command::Raw { line, reply: ReplyShape::Lines }),
        "raw-body" => rest.map(|line| Command::Raw { line, reply: ReplyShape::Body }),
        #[cfg(feature = "apop")]
        "APOP" => rest
            .and_then(|rest| rest.split_once(' '))
            .map(|(name, secret)| Command::Apop { name, secret }),
        _ => None,
    };
    use_it(command)
}

/// Every kind that a state table has a row for.
#[allow(dead_code, reason = "not every test that shares this module needs it")]
pub(crate) fn kind_of(line: &str) -> Option<CommandKind> {
    with_command(line, |command| command.map(|command| command.kind()))
}

pub(crate) fn quoted(octets: &[u8]) -> String {
    format!("\"{}\"", escape(octets))
}

pub(super) fn escape(octets: &[u8]) -> String {
    let mut text = String::new();
    for octet in octets {
        match octet {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(*octet)),
            _ => text.push_str(&format!("\\x{octet:02x}")),
        }
    }
    text
}

pub(super) fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            octets.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match characters.next().unwrap() {
            'r' => octets.push(b'\r'),
            'n' => octets.push(b'\n'),
            't' => octets.push(b'\t'),
            '0' => octets.push(0),
            '\\' => octets.push(b'\\'),
            'x' => {
                let hex: String = characters.by_ref().take(2).collect();
                octets.push(u8::from_str_radix(&hex, 16).unwrap());
            }
            other => panic!("escape {other}"),
        }
    }
    octets
}
