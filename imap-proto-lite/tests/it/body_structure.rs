//! ENVELOPE and BODYSTRUCTURE as servers send them, and how deep they may nest. Each sample is our
//! wording of a fact with its source.

use imap_proto_lite::{
    Response,
    body_structure::{BodyStructure, PartKind},
    envelope::{AddressKind, AddressList},
    parse,
    response::FetchAttribute,
};
use mail_harness::memory::on_small_stack;

/// The attributes of a FETCH, as text.
fn attributes(inside: &str) -> Vec<String> {
    let line = format!("* 1 FETCH ({inside})\r\n");
    match parse::response(line.as_bytes(), &[]) {
        Response::Fetch(fetch) => fetch.iter().map(|attribute| format!("{attribute:?}")).collect(),
        other => panic!("{other:?}"),
    }
}

fn structure(body: &str) -> BodyStructure<'static> {
    let line = format!("* 1 FETCH (BODYSTRUCTURE {body} UID 7)\r\n");
    let response = parse::response(line.as_bytes(), &[]);
    let Response::Fetch(fetch) = &response else { panic!("{response:?}") };
    assert_eq!(fetch.uid().map(|uid| uid.get()), Some(7), "the next item lives: {response:?}");
    fetch
        .iter()
        .find_map(|attribute| match attribute {
            FetchAttribute::BodyStructure(structure) => Some(structure.into_owned()),
            _ => None,
        })
        .unwrap_or_else(|| panic!("{response:?}"))
}

/// The kinds and types of the parts.
fn types(body: &str) -> Vec<String> {
    structure(body)
        .parts()
        .map(|part| {
            format!(
                "{:?} {}/{}",
                part.kind(),
                part.media_type().to_str_lossy(),
                part.subtype().to_str_lossy()
            )
        })
        .collect()
}

/// `levels` multiparts around a text.
fn nested(levels: usize) -> String {
    let mut body = "(".repeat(levels);
    body += r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)"#;
    body += &r#" "MIXED")"#.repeat(levels);
    body
}

#[test]
fn deep_nesting_loses_one_attribute_at_most() {
    for levels in [8, 99, 100] {
        let structure = structure(&nested(levels));
        assert_eq!(structure.len(), levels + 1);
        assert_eq!(structure.parts().last().unwrap().depth(), levels);
    }
    for levels in [101, 400] {
        let found = attributes(&format!("UID 1 BODYSTRUCTURE {} FLAGS (\\Seen)", nested(levels)));
        assert_eq!(found.len(), 3);
        assert!(found[1].starts_with("Malformed { name: \"BODYSTRUCTURE\""));
        assert_eq!((found[0].as_str(), found[2].as_str()), ("Uid(Uid(1))", "Flags([\\Seen])"));
    }
}

#[test]
fn a_million_parentheses_on_a_small_stack() {
    let work = || {
        let open = "(".repeat(1_000_000);
        let close = ")".repeat(1_000_000);
        for inside in [
            format!("BODYSTRUCTURE {open}{close}"),
            format!("BODYSTRUCTURE {open}"),
            format!("X-FOO {open}{close} UID 1"),
            format!("ENVELOPE {open}{close}"),
            format!("FLAGS {open}{close}"),
            format!("BODYSTRUCTURE {}", nested(100)),
        ] {
            let line = format!("* 1 FETCH ({inside})\r\n");
            let response = parse::response(line.as_bytes(), &[]);
            assert!(matches!(response, Response::Fetch(_)));
            let copy = response.clone();
            assert_eq!(copy, response);
            assert!(format!("{copy:?}").len() > 10);
        }
        let thread = format!("* THREAD {}1{}\r\n", "(2 ".repeat(300_000), ")".repeat(300_000));
        let response = parse::response(thread.as_bytes(), &[]);
        assert!(
            matches!(&response, Response::Thread(threads) if threads.messages.len() == 300_001)
        );
        assert!(format!("{response:?}").len() > 300_000);
        let mut octets = b"a UID SEARCH ".to_vec();
        octets.extend_from_slice(&b"NOT (".repeat(200_000));
        octets.extend_from_slice(b"SEEN");
        octets.extend_from_slice(&b")".repeat(200_000));
        octets.extend_from_slice(b"\r\n");
        let (_, command) = parse::command(&octets).unwrap();
        assert!(format!("{:?}", command.clone()).len() > 200_000);
    };
    on_small_stack(128 * 1024, work);
}

#[test]
fn a_parameter_without_value_is_read() {
    let body = r#"(("TEXT" "PLAIN" ("BOUNDARY" NIL) NIL NIL "7BIT" 5 1) "MIXED" ("BOUNDARY" NIL))"#;
    let structure = structure(body);
    let parts: Vec<_> = structure.parts().collect();
    assert_eq!(parts[0].parameters().first().unwrap().1, None);
    assert_eq!(parts[1].parameters().first().unwrap().0, "BOUNDARY");
    assert_eq!(parts[1].octets(), Some(5));
}

#[test]
fn body_structures_of_real_servers() {
    // Exchange: a bare string for the disposition, and a list of two NILs (MailKit#919, #1446).
    let part = structure(r#"("TEXT" "HTML" NIL NIL NIL "BASE64" 10 1 NIL "inline" NIL)"#);
    assert_eq!(part.root().disposition().unwrap().kind, "inline");
    assert_eq!(
        structure(r#"("TEXT" "HTML" NIL NIL NIL "BASE64" 10 1 NIL (NIL NIL) NIL)"#)
            .root()
            .disposition(),
        None
    );
    // Exchange: a description where a multipart has its disposition.
    assert_eq!(
        types(r#"(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1) "MIXED" ("BOUNDARY" "x") "a text" NIL)"#)
            .len(),
        2
    );
    // Encoding NIL (swift-nio-imap, modern-email/defects#41).
    assert_eq!(structure(r#"("TEXT" "PLAIN" NIL NIL NIL NIL 100 5)"#).root().octets(), Some(100));
    // One word for the media type, and NIL for both (MailKit#371).
    assert_eq!(types(r#"("X-ZIP" ("NAME" "a") NIL NIL "BASE64" 12)"#), ["Basic X-ZIP/"]);
    assert_eq!(types(r#"(NIL NIL NIL NIL NIL "7BIT" 12)"#), ["Basic /"]);
    // Multiparts without parts: Gmail, QQ, Yandex, Dovecot (MailKit#205, #777, #1393, #1841).
    assert_eq!(
        types(r#"("ALTERNATIVE" ("BOUNDARY" "x") NIL NIL)"#),
        ["Multipart MULTIPART/ALTERNATIVE"]
    );
    assert_eq!(types(r#"("MIXED")"#), ["Multipart MULTIPART/MIXED"]);
    assert_eq!(
        types(r#"(NIL "alternative" ("boundary" "x") NIL NIL)"#),
        ["Multipart MULTIPART/alternative"]
    );
    // NIL among the languages (MailKit#953).
    let languages = structure(r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1 NIL NIL ("en" NIL "de"))"#);
    assert_eq!(languages.root().languages().len(), 2);
    // Invalid counts.
    let negative = structure(r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" -1 -1)"#);
    assert_eq!((negative.root().octets(), negative.root().lines()), (None, None));
    // mail.ru: a decimal fraction is not a count, nor are the digits before its point
    // (MailKit#1838).
    assert_eq!(
        structure(r#"("APPLICATION" "PDF" NIL NIL NIL "7BIT" 9.3736e+06)"#).root().octets(),
        None
    );
    // Exchange 2010: an encoding without quotes. A count is not an encoding.
    let unquoted = structure(r#"("TEXT" "PLAIN" NIL NIL NIL 8bit 5 1)"#);
    assert_eq!(unquoted.root().encoding().unwrap(), "8bit");
    assert!(
        attributes(r#"BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL 5 1)"#)[0].starts_with("Malformed")
    );
    // A message without its envelope is a basic part.
    assert_eq!(types(r#"("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 12)"#), ["Basic MESSAGE/RFC822"]);
    assert_eq!(
        types(r#"("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 12 NIL ("attachment" NIL) NIL NIL)"#),
        ["Basic MESSAGE/RFC822"]
    );
    // More extension data than the RFC names, nested; strings with parentheses; literals.
    let extended = structure(
        "(\"TEXT\" \"PLAIN\" (\"NAME\" {3}\r\na)b) NIL \"(\" \"7BIT\" 1 1 NIL NIL NIL \"loc\" (1 (2 \"x)\")) 5)",
    );
    assert_eq!(extended.root().parameter("name").unwrap(), "a)b");
    assert_eq!(extended.root().location().unwrap(), "loc");
    assert_eq!(extended.root().extensions().unwrap(), b"(1 (2 \"x)\")) 5");
}

/// Values of `body` replaced by others of the same meaning, one at a time: a space by two, NIL by
/// nil, a quoted string by a literal and by one with a backslash before its first byte.
fn respelled(body: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut replace = |at: usize, length: usize, by: &str| {
        all.push([&body[..at], by, &body[at + length..]].concat());
    };
    let mut at = 0;
    while let Some(octet) = body[at..].chars().next() {
        let mut length = 1;
        if octet == '"' {
            let value = body[at + 1..].split_once('"').expect("a closing quote").0;
            length = value.len() + 2;
            replace(at, length, &format!("{{{}}}\r\n{value}", value.len()));
        } else if body[at..].starts_with("NIL") {
            length = 3;
            replace(at, length, "nil");
        } else if octet == ' ' {
            replace(at, length, "  ");
        }
        at += length;
    }
    all
}

/// A line that ends in the middle of a part, wherever: the work ends too.
#[test]
fn a_truncated_structure_is_malformed() {
    let body = r#"(("text" "html" ("charset" "utf-8") "<id>" "d" "base64" 12 20 "md5" ("attachment" ("filename" "a")) ("de" "en") "loc" "more" ("x" 1)) "mixed" ("boundary" "x") ("inline" NIL) "de" "loc" 7 (8))"#;
    structure(body);
    for end in 1..body.len() {
        for behind in ["", " ", ")"] {
            let line = format!("* 1 FETCH (BODYSTRUCTURE {}{behind}\r\n", &body[..end]);
            let Response::Fetch(fetch) = parse::response(line.as_bytes(), &[]) else {
                panic!("{line}")
            };
            let whole = end + behind.trim().len() >= body.len();
            let mut attributes = fetch.iter();
            let found = attributes.any(|one| matches!(one, FetchAttribute::BodyStructure(_)));
            assert!(!found || whole, "{line}");
        }
    }
}

/// An invalid count keeps its place: the next value is not read as the count.
#[test]
fn lines_that_are_not_numbers_are_ignored() {
    for lines in ["20", "-1", "9.3736e+06", "99999999999999999999"] {
        let body =
            format!(r#"("text" "plain" NIL NIL NIL "7bit" 12 {lines} "md5" NIL "de" "loc")"#);
        let structure = structure(&body);
        let part = structure.parts().next().unwrap();
        assert_eq!(part.lines(), lines.parse().ok().filter(|lines| *lines < 100), "{body}");
        assert_eq!(part.md5().unwrap(), "md5", "{body}");
        assert_eq!(part.location().unwrap(), "loc", "{body}");
    }
}

#[test]
fn odd_spellings_of_a_value_give_the_same_part() {
    let address = r#"(("Joe" NIL "joe" "example.org"))"#;
    let envelope =
        format!(r#"("Mon, 1 Jan" "a text" {address} NIL NIL {address} NIL NIL NIL "<x@y>")"#);
    let text = r#"("text" "plain" ("charset" "utf-8") NIL NIL "quoted-printable" 1234 20 NIL NIL NIL NIL)"#;
    let short = r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)"#;
    let full = r#"("text" "html" ("charset" "utf-8" "a-longer-name" "a value of thirty octets or so") "<id@example.org>" "a description" "base64" 1234567890 20 "md5" ("attachment" ("filename" "a.txt" "size" "12")) ("de" "en") "location")"#;
    let image = r#"("image" "png" ("name" "a.png") "<id>" NIL "base64" 123456789 NIL ("inline" ("filename" "a.png")) NIL NIL)"#;
    let message = format!(
        r#"("message" "rfc822" NIL NIL NIL "7bit" 12 {envelope} {text} 7 NIL NIL NIL NIL)"#
    );
    for body in [
        text.to_owned(),
        short.to_owned(),
        full.to_owned(),
        image.to_owned(),
        message.clone(),
        format!(
            r#"({text}{short} "alternative" ("boundary" "_001_0123456789abcdef_") NIL NIL NIL)"#
        ),
        format!(
            r#"({text}{image}{message}{full} "mixed" ("boundary" "x") ("inline" NIL) "de" "loc")"#
        ),
        format!(r#"(({text}{short} "related"){full} "mixed" NIL)"#),
    ] {
        let expected = structure(&body);
        for odd in respelled(&body) {
            assert_eq!(structure(&odd), expected, "{odd}");
        }
    }
}

#[test]
fn parts_have_the_numbers_of_the_rfc() {
    // RFC 9051 section 6.4.5.1: the example of a multipart with a message in it.
    let text = r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)"#;
    let message = |body: &str| {
        format!(
            r#"("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) {body} 3)"#
        )
    };
    let inner = message(&format!(r#"({text}{text} "MIXED")"#));
    let structure_ =
        structure(&format!(r#"({text}{inner}({text}{} "MIXED") "MIXED")"#, message(text)));
    let numbers: Vec<_> = structure_
        .parts()
        .map(|part| part.number().map_or_else(|| "-".to_owned(), |number| number.to_string()))
        .collect();
    assert_eq!(numbers, ["-", "1", "2", "-", "2.1", "2.2", "3", "3.1", "3.2", "3.2.1"]);
    assert_eq!(structure(text).root().number().unwrap().to_string(), "1");
    let part = structure_.part(&"3.2".parse().unwrap()).unwrap();
    assert_eq!(part.kind(), PartKind::Message);
    assert_eq!(part.children().count(), 1);
}

#[test]
fn envelopes_of_real_servers() {
    let envelope = |inside: &str| {
        let line = format!("* 1 FETCH (ENVELOPE {inside} UID 7)\r\n");
        let response = parse::response(line.as_bytes(), &[]);
        let Response::Fetch(fetch) = &response else { panic!("{response:?}") };
        assert!(fetch.uid().is_some(), "{response:?}");
        match fetch.iter().next() {
            Some(FetchAttribute::Envelope(envelope)) => envelope.into_owned(),
            other => panic!("{other:?}"),
        }
    };
    let nils = " NIL NIL NIL NIL NIL NIL";
    // A group, an address of fewer than four pieces, blanks between addresses.
    let groups = envelope(&format!(
        r#"(NIL "s" ((NIL NIL "friends" NIL) (NIL NIL "a" "b")  (NIL NIL NIL NIL)(NIL NIL)) NIL{nils})"#
    ));
    let kinds: Vec<_> = groups.from().iter().map(|address| address.kind()).collect();
    assert_eq!(
        kinds,
        [
            AddressKind::GroupStart,
            AddressKind::Mailbox,
            AddressKind::GroupEnd,
            AddressKind::GroupEnd
        ]
    );
    // A server repeats From as Sender and Reply-To; a value that only begins like it is not a
    // repetition.
    let one = r#"(("A" NIL "a" "x"))"#;
    let two = r#"(("A" NIL "a" "x")("B" NIL "b" "x"))"#;
    for (sender, reply_to, hosts) in [
        (one.to_owned(), two.to_owned(), [1, 2]),
        (two.to_owned(), one.to_owned(), [2, 1]),
        (format!("{one} "), format!("{one}  "), [1, 1]),
        ("NIL".to_owned(), one.to_owned(), [0, 1]),
        (one.replace('A', "C"), one.to_owned(), [1, 1]),
    ] {
        let wire =
            format!(r#"(NIL "s" {one} {sender} {reply_to} (("T" NIL "t" "x")) NIL NIL NIL "<i>")"#);
        let envelope = envelope(&wire);
        assert_eq!([envelope.sender().len(), envelope.reply_to().len()], hosts, "{wire}");
        let name = |list: AddressList<'_>| {
            let first = list.first().and_then(|address| address.name);
            first.map(|name| name.to_str_lossy().into_owned())
        };
        assert_eq!(name(envelope.from()).as_deref(), Some("A"), "{wire}");
        assert_eq!(name(envelope.to()).as_deref(), Some("T"), "{wire}");
        for (list, text) in [(envelope.sender(), &sender), (envelope.reply_to(), &reply_to)] {
            assert_eq!(
                list.as_wire(),
                text.trim()
                    .trim_start_matches("NIL")
                    .as_bytes()
                    .get(1..text.trim().len().saturating_sub(1))
                    .unwrap_or_default(),
                "{wire}"
            );
        }
        assert_eq!(envelope.message_id().unwrap(), "<i>");
    }
    // Fields missing at the end; Domino's second pair of parentheses (MailKit#943).
    assert_eq!(envelope(r#"("d" "s" NIL)"#).subject().unwrap(), "s");
    assert_eq!(envelope(&format!(r#"(("d" "s" NIL NIL{nils}))"#)).date().unwrap(), "d");
    assert_eq!(attributes(&format!(r#"(ENVELOPE ("d" "s" NIL NIL{nils})) UID 7"#)).len(), 2);
    // Escapes are not part of the value.
    assert_eq!(
        envelope(&format!(r#"(NIL "a\"b\\c" NIL NIL{nils})"#)).subject().unwrap(),
        r#"a"b\c"#
    );
}
