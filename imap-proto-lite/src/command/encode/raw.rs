//! Commands of extensions that have no type in this crate.

use crate::{
    command::{
        CommandKind,
        encode::writer::{Writer, Written},
    },
    types::Atom,
    wire::ArgumentError,
};

/// Commands that this crate does not know and that change the state of the session.
const CHANGE_THE_STATE: [&str; 2] = [
    // RFC 5465: the server may send EXPUNGE at any time after it.
    "NOTIFY",
    // RFC 8437.
    "UNAUTHENTICATE",
];

/// Keyword and arguments as they are: one line that is none of the commands that this crate knows.
pub(super) fn raw(writer: &mut Writer<'_>, line: &str) -> Written {
    let refused = |reason| Err(ArgumentError::new("raw command", reason));
    // The line stays one line.
    if line.chars().any(char::is_control) {
        return refused("contains a control character");
    }
    if !line.is_ascii() && !writer.utf8() {
        return refused("contains 8-bit characters, which UTF8=ACCEPT has to allow");
    }
    // Some servers ignore spaces at the end of a line.
    if line.trim_end().ends_with('}') {
        return refused("ends like a literal");
    }
    // The keyword: after UID it is the second word.
    let mut words = line.split(' ');
    let mut keyword = words.next().unwrap_or_default();
    let uid = keyword.eq_ignore_ascii_case("UID");
    if uid {
        keyword = words.next().unwrap_or_default();
    }
    if Atom::new(keyword).is_err() {
        return refused("has no keyword");
    }
    let is_known = [false, true]
        .into_iter()
        .any(|uid| CommandKind::from_keyword(keyword.as_bytes(), uid).is_some());
    if is_known || keyword.eq_ignore_ascii_case("UID") {
        return refused("is a command that has its own type");
    }
    if CHANGE_THE_STATE.iter().any(|known| keyword.eq_ignore_ascii_case(known)) {
        return refused("changes the state of the session");
    }
    // The arguments may be secret.
    let end = if uid { keyword.len() + "UID ".len() } else { keyword.len() };
    let (keyword, arguments) = line.split_at_checked(end).unwrap_or((line, ""));
    writer.word(keyword);
    if !arguments.is_empty() {
        writer.secret();
        writer.word(arguments);
    }
    Ok(())
}
