//! Commands of extensions that have no type in this crate.

use crate::{
    command::CommandKind,
    types::Atom,
    wire::put::{Out, Put, check, secret},
};

/// Commands that this crate does not know and that change the state of the session.
const CHANGE_THE_STATE: [&str; 2] = [
    // RFC 5465: the server may send EXPUNGE at any time after it.
    "NOTIFY",
    // RFC 8437.
    "UNAUTHENTICATE",
];

/// Keyword and arguments as they are: one line that is none of the commands that this crate knows.
pub(super) fn raw(line: &str) -> impl Put {
    // The keyword: after UID it is the second word.
    let mut words = line.split(' ');
    let first = words.next().unwrap_or_default();
    let uid = first.eq_ignore_ascii_case("UID");
    let keyword = if uid { words.next().unwrap_or_default() } else { first };
    let is = |known: &str| keyword.eq_ignore_ascii_case(known);
    let is_known = [false, true]
        .into_iter()
        .any(|uid| CommandKind::from_keyword(keyword.as_bytes(), uid).is_some());
    let refuse_if = |is_wrong: bool, reason| check(!is_wrong, "raw command", reason);
    let utf8 = move |out: &mut Out| {
        let is_wrong = !line.is_ascii() && !out.utf8();
        out.put(refuse_if(is_wrong, "contains 8-bit characters, which UTF8=ACCEPT has to allow"));
    };
    let checks = (
        // The line stays one line.
        refuse_if(line.chars().any(char::is_control), "contains a control character"),
        utf8,
        // Some servers ignore spaces at the end of a line.
        refuse_if(line.trim_end().ends_with('}'), "ends like a literal"),
        refuse_if(Atom::new(keyword).is_err(), "has no keyword"),
        refuse_if(is_known || is("UID"), "is a command that has its own type"),
        refuse_if(CHANGE_THE_STATE.into_iter().any(is), "changes the state of the session"),
    );
    // The arguments may be secret.
    let end = if uid { keyword.len() + "UID ".len() } else { keyword.len() };
    let (keyword, arguments) = line.split_at_checked(end).unwrap_or((line, ""));
    (checks, keyword, (!arguments.is_empty()).then_some((secret, arguments)))
}
