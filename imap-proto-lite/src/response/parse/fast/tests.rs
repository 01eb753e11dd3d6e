//! The shortcuts against the general rules.

use alloc::vec::Vec;

use crate::{
    Response,
    response::{
        NumberElement,
        parse::{fast, general_response, mailbox, search},
    },
    types::{flag::FlagElement, name_attribute::NameAttributeElement},
    wire::{fast::changes, list::sealed::Element, spaces},
};

/// Responses in the forms of the shortcuts, without `* `.
const LINES: [&str; 25] = [
    "SEARCH",
    "SEARCH 2 84 882",
    "SEARCH 4294967295 123456789 7 65536 1 2 3 4 5 6",
    "CAPABILITY IMAP4rev1 IDLE LITERAL + AUTH=PLAIN",
    r#"LIST (\HasNoChildren \Sent) "/" "Sent Items""#,
    r#"LIST () "." INBOX"#,
    r#"STATUS "a b" (MESSAGES 231 UIDNEXT 44292 UNSEEN 18446744073709551615 UIDVALIDITY 7)"#,
    "STATUS INBOX (RECENT 1 SIZE 12345678)",
    "STATUS x ()",
    "STATUS x (HIGHESTMODSEQ 0 UIDVALIDITY 4294967295)",
    "1 EXISTS",
    "4294967295 EXPUNGE",
    "300 RECENT",
    "OK [UIDNEXT 4392] Predicted next UID",
    "OK [UIDVALIDITY 4294967295]",
    "OK [UNSEEN 17] [UNSEEN 18]",
    "OK [UNSEEN 0]x",
    "12 FETCH (UID 7)",
    r"4294967295 FETCH (FLAGS (\Seen \Flagged $Junk) UID 4294967295)",
    "3 FETCH (FLAGS () RFC822.SIZE 18446744073709551615)",
    r#"1 FETCH (ENVELOPE ("date" "subject" (("A" NIL "a" "b")) NIL NIL NIL NIL NIL NIL "<id>"))"#,
    r#"1 FETCH (ENVELOPE (NIL "x" NIL NIL NIL NIL NIL NIL NIL NIL) UID 1)"#,
    r#"1 FETCH (BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1) RFC822.SIZE 1)"#,
    r#"1 FETCH (INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 4286)"#,
    "1 FETCH (UID 7 BODY[] {12}\r\n)",
];

/// Whether a shortcut took the line; what it gave must be what the general rule gives.
fn compare(line: &[u8]) -> bool {
    if let Some(text) = line.strip_prefix(b"* SEARCH").and_then(|text| text.strip_suffix(b"\r\n")) {
        let Some((_, found)) = fast::search_data(text) else { return false };
        let mut rest = text;
        for number in &found.numbers {
            let next = fast::next_number(rest).or_else(|| NumberElement::read(rest));
            assert_eq!(next, NumberElement::read(rest), "{}", line.escape_ascii());
            assert_eq!(next.map(|(_, number)| number), Some(number));
            rest = next.unwrap().0;
        }
        let general = search::general_search_data(text);
        assert_eq!(general, Ok((&b""[..], found)), "{}", line.escape_ascii());
        return true;
    }
    let list = fast::mailbox_list(line).map(Response::List);
    let status = || fast::status(line).map(Response::Status);
    let capability = || fast::capability_list(line).map(Response::Capability);
    let other = || fast::message_data(line).or_else(|| fast::resp_cond(line));
    if let Some(found) = list.or_else(status).or_else(capability).or_else(other) {
        assert_eq!(general_response(line, &[]), found, "{}", line.escape_ascii());
        if let Response::Status(status) = &found {
            let mut values = Some(status.values.as_wire());
            while let Some(input) = values {
                values = fast::status_att_val(input).map(|(rest, value)| {
                    assert_eq!(mailbox::status_att_val(spaces(input)), Ok((rest, value)));
                    rest
                });
            }
        }
        return true;
    }
    // A literal is one that was streamed.
    let place = line.windows(3).position(|three| three == b"}\r\n");
    let streamed: Vec<u32> = place.iter().map(|place| u32::try_from(place + 3).unwrap()).collect();
    let Some(found) = fast::fetch(line, &streamed) else { return false };
    let general = general_response(line, &streamed);
    assert_eq!(general, Response::Fetch(found.clone()), "{}", line.escape_ascii());
    let mut attributes = found.iter();
    let mut taken = false;
    loop {
        let before = attributes.clone();
        let Some(attribute) = fast::fetch::attribute(&mut attributes) else { return taken };
        let mut general = before;
        assert_eq!(general.next_slowly(), Some(attribute), "{}", line.escape_ascii());
        assert_eq!(general.rest, attributes.rest, "{}", line.escape_ascii());
        taken = true;
    }
}

#[test]
fn a_shortcut_gives_what_the_general_rule_gives() {
    let mut taken = 0;
    for line in LINES {
        let line: Vec<u8> = [b"* ", line.as_bytes(), b"\r\n"].concat();
        assert!(compare(&line), "{}", line.escape_ascii());
        taken += changes(&line).filter(|changed| compare(changed)).count();
    }
    assert!(taken > 5_000, "the shortcuts took {taken}");
}

/// Whether a shortcut took the item, as its rule does.
fn takes<E: Element>(text: &[u8]) -> bool {
    let found = E::FAST(text);
    assert!(found.is_none() || found == E::read(text), "{}", text.escape_ascii());
    found.is_some()
}

#[test]
fn the_shortcut_of_an_item_gives_what_its_rule_gives() {
    const LISTS: [&str; 5] =
        [r" \Seen \Answered x", r"\Flagged", r" \HasNoChildren \x", r"\HasChildren", " $Junk (a)"];
    let mut taken = 0;
    for text in LISTS {
        for text in changes(text.as_bytes()) {
            taken += usize::from(takes::<FlagElement>(&text));
            taken += usize::from(takes::<NameAttributeElement>(&text));
        }
    }
    assert!(taken > 2_000, "the shortcuts took {taken}");
}
