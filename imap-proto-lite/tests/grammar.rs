//! What servers send, sample by sample. Each is our own wording of a fact with its source: the tolerance matrix and the
//! inputs R1, R2, R10 to R13 of the comparison of peers, and defects that were met at named servers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should say so at once"
)]

use imap_proto_lite::{
    Response,
    body_structure::{BodyStructure, PartKind},
    envelope::AddressKind,
    parse,
    response::{BodyData, Condition, FetchAttribute, ResponseCode},
};

fn shown(line: &str) -> String {
    format!(
        "{:?}",
        parse::response(format!("{line}\r\n").as_bytes(), &[])
    )
}

/// The attributes of a FETCH, as text.
fn attributes(inside: &str) -> Vec<String> {
    let line = format!("* 1 FETCH ({inside})\r\n");
    match parse::response(line.as_bytes(), &[]) {
        Response::Fetch(fetch) => fetch
            .iter()
            .map(|attribute| format!("{attribute:?}"))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn structure(body: &str) -> BodyStructure<'static> {
    let line = format!("* 1 FETCH (BODYSTRUCTURE {body} UID 7)\r\n");
    let response = parse::response(line.as_bytes(), &[]).into_owned();
    let Response::Fetch(fetch) = &response else {
        panic!("{response:?}")
    };
    assert_eq!(
        fetch.uid().map(|uid| uid.get()),
        Some(7),
        "the next item lives: {response:?}"
    );
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

#[test]
fn the_tolerance_matrix() {
    // A line, and what has to be seen of it; nothing may be unknown or malformed.
    for (line, expected) in [
        (
            "A1 OK",
            r#"Tagged { tag: A1, condition: Ok, code: None, text: "" }"#,
        ),
        ("+", r#"Continuation { text: "" }"#),
        (
            "* CAPABILITY IMAP4rev1  IDLE ",
            "Capability([IMAP4rev1, IDLE])",
        ),
        ("* CAPABILITY IMAP4rev2", "Capability([IMAP4rev2])"),
        (
            r#"* LIST () "/" foo ("CHILDINFO" ("SUBSCRIBED") "OLDNAME" ("bar"))"#,
            r#"List(ListEntry { attributes: [], delimiter: Some(47), mailbox: "foo", child_info: ["SUBSCRIBED"], old_name: Some("bar") })"#,
        ),
        (
            "* STATUS x (SIZE 5 APPENDLIMIT NIL MAILBOXID (F1))",
            r#"Status(MailboxStatus { mailbox: "x", values: [Size(5), AppendLimit(None), MailboxId("F1")] })"#,
        ),
        (
            "* STATUS x (MESSAGES 1 ) ",
            r#"Status(MailboxStatus { mailbox: "x", values: [Messages(1)] })"#,
        ),
        (
            "* SEARCH 2 5 (MODSEQ 9)",
            "Search(SearchResult { numbers: [2, 5], mod_seq: Some(ModSeq(9)) })",
        ),
        (
            "* search ",
            "Search(SearchResult { numbers: [], mod_seq: None })",
        ),
        ("* 5 exists", "Exists(5)"),
        (
            "* LIST (\\HasNoChildren) NIL NIL",
            r#"List(ListEntry { attributes: [\HasNoChildren], delimiter: None, mailbox: "NIL", child_info: [], old_name: None })"#,
        ),
    ] {
        assert_eq!(shown(line), expected, "{line}");
    }
    let esearch = shown(r#"* ESEARCH (TAG "A1") UID COUNT 3 ALL 4:5,9"#);
    assert!(
        esearch.contains(r#"tag: Some("A1"), uid: true"#) && esearch.contains("count: Some(3)"),
        "{esearch}"
    );
    for (inside, expected) in [
        ("MODSEQ (7) ", &["ModSeq(ModSeq(7))"][..]),
        (
            "FLAGS (\\Seen) )",
            &["Flags([\\Seen])", "Malformed { name: \"\", raw: \")\" }"],
        ),
        ("FLAGS (\\Seen) ", &["Flags([\\Seen])"]),
        ("RFC822.SIZE 5000000000", &["Rfc822Size(5000000000)"]),
        (
            "RFC822.SIZE -1 UID 5",
            &[
                "Malformed { name: \"RFC822.SIZE\", raw: \"RFC822.SIZE -1\" }",
                "Uid(Uid(5))",
            ],
        ),
        (
            "UID 0 FLAGS ()",
            &["Malformed { name: \"UID\", raw: \"UID 0\" }", "Flags([])"],
        ),
        (
            "BODY[] {3}\r\na\0b UID 1",
            &[
                "BodySection { section: Section { part: None, text: None }, origin: None, data: Inline(\"a\\x00b\") }",
                "Uid(Uid(1))",
            ],
        ),
        (
            "BINARY[1] ~{2}\r\n\0\0",
            &["Binary { part: Some(1), origin: None, data: Inline(\"\\x00\\x00\") }"],
        ),
        (
            "X-GM-MSGID 18446744073709551615 X-GM-LABELS (\\Inbox NIL \"a b\")",
            &[
                "GmailMessageId(18446744073709551615)",
                "GmailLabels([\"\\\\Inbox\", \"a b\"])",
            ],
        ),
        (
            "X-FOO (a (b \")\" {1}\r\n)) c) UID 2",
            &[
                "Unknown { name: \"X-FOO\", value: \"(a (b \\\")\\\" {1}\\r\\n)) c)\" }",
                "Uid(Uid(2))",
            ],
        ),
        (
            "INTERNALDATE \"1-Jan-2020 00:00:00 +0000\"",
            &["InternalDate(\"1-Jan-2020 00:00:00 +0000\")"],
        ),
        // The peers that panic: no date.
        (
            "INTERNALDATE NIL UID 3",
            &["InternalDate(\"\")", "Uid(Uid(3))"],
        ),
        // Yandex: the value of a body item is missing (MailKit#1708).
        (
            "UID 4 BODY[2] ",
            &[
                "Uid(Uid(4))",
                "BodySection { section: Section { part: Some(2), text: None }, origin: None, data: Nil }",
            ],
        ),
        (
            "BODY[2] UID 4",
            &[
                "BodySection { section: Section { part: Some(2), text: None }, origin: None, data: Nil }",
                "Uid(Uid(4))",
            ],
        ),
        // A line end behind a literal that was announced too short (MailKit#954).
        (
            "BODY[] {1}\r\nx\r\n UID 4",
            &[
                "BodySection { section: Section { part: None, text: None }, origin: None, data: Inline(\"x\") }",
                "Uid(Uid(4))",
            ],
        ),
        (
            "MODSEQ (-1) UID 4",
            &[
                "Malformed { name: \"MODSEQ\", raw: \"MODSEQ (-1)\" }",
                "Uid(Uid(4))",
            ],
        ),
        ("", &[]),
    ] {
        assert_eq!(attributes(inside), expected, "{inside}");
    }
}

#[test]
fn octets_of_no_charset_are_kept() {
    let Response::Condition { text, .. } = parse::response(b"* OK caf\xe9 bar\r\n", &[]) else {
        panic!("status")
    };
    assert_eq!(&*text, b"caf\xe9 bar");
    let Response::List(entry) = parse::response(b"* LIST () \"/\" \"Entw\xfcrfe\"\r\n", &[]) else {
        panic!("LIST")
    };
    assert_eq!(&*entry.mailbox.raw(), b"Entw\xfcrfe");
    let response = parse::response(
        b"* 1 FETCH (ENVELOPE (NIL \"gr\xfc\xdfe\" () NIL NIL NIL NIL NIL NIL NIL))\r\n",
        &[],
    );
    let Response::Fetch(fetch) = &response else {
        panic!("FETCH")
    };
    let Some(FetchAttribute::Envelope(envelope)) = fetch.iter().next() else {
        panic!("ENVELOPE")
    };
    assert_eq!(&*envelope.subject.unwrap().to_cow(), b"gr\xfc\xdfe");
    assert!(envelope.from.is_empty());
}

#[test]
fn r1_an_octet_of_8_bit_behind_a_code() {
    let line = "* OK [ALERT]écoute\r\n";
    let Response::Condition {
        condition,
        code,
        text,
    } = parse::response(line.as_bytes(), &[])
    else {
        panic!("status")
    };
    assert_eq!(
        (condition, code),
        (Condition::Ok, Some(ResponseCode::Alert))
    );
    assert_eq!(&*text, "écoute".as_bytes());
}

/// `levels` multiparts around a text.
fn nested(levels: usize) -> String {
    let mut body = "(".repeat(levels);
    body += r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)"#;
    body += &r#" "MIXED")"#.repeat(levels);
    body
}

#[test]
fn r2_and_r10_depth_costs_one_attribute_at_most() {
    for levels in [8, 99, 100] {
        let structure = structure(&nested(levels));
        assert_eq!(structure.len(), levels + 1);
        assert_eq!(structure.parts().last().unwrap().depth(), levels);
    }
    for levels in [101, 400] {
        let found = attributes(&format!(
            "UID 1 BODYSTRUCTURE {} FLAGS (\\Seen)",
            nested(levels)
        ));
        assert_eq!(found.len(), 3);
        assert!(found[1].starts_with("Malformed { name: \"BODYSTRUCTURE\""));
        assert_eq!(
            (found[0].as_str(), found[2].as_str()),
            ("Uid(Uid(1))", "Flags([\\Seen])")
        );
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
            drop(copy.into_owned());
        }
        let thread = format!(
            "* THREAD {}1{}\r\n",
            "(2 ".repeat(300_000),
            ")".repeat(300_000)
        );
        let response = parse::response(thread.as_bytes(), &[]).into_owned();
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
    std::thread::Builder::new()
        .stack_size(128 * 1024)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn r11_a_parameter_without_value_costs_nothing() {
    let body = r#"(("TEXT" "PLAIN" ("BOUNDARY" NIL) NIL NIL "7BIT" 5 1) "MIXED" ("BOUNDARY" NIL))"#;
    let structure = structure(body);
    let parts: Vec<_> = structure.parts().collect();
    assert_eq!(parts[0].parameters().first().unwrap().1, None);
    assert_eq!(parts[1].parameters().first().unwrap().0, "BOUNDARY");
    assert_eq!(parts[1].octets(), Some(5));
}

#[test]
fn r13_text_announces_nothing() {
    let Response::Condition { code, text, .. } =
        parse::response(b"* OK [ALERT] limit {42}\r\n", &[])
    else {
        panic!("status")
    };
    assert_eq!(code, Some(ResponseCode::Alert));
    assert_eq!(&*text, b"limit {42}");
}

#[test]
fn structures_of_the_field() {
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
    assert_eq!(
        structure(r#"("TEXT" "PLAIN" NIL NIL NIL NIL 100 5)"#)
            .root()
            .octets(),
        Some(100)
    );
    // One word for the media type, and NIL for both (MailKit#371).
    assert_eq!(
        types(r#"("X-ZIP" ("NAME" "a") NIL NIL "BASE64" 12)"#),
        ["Basic X-ZIP/"]
    );
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
    // Counts that are none.
    let negative = structure(r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" -1 -1)"#);
    assert_eq!(
        (negative.root().octets(), negative.root().lines()),
        (None, None)
    );
    assert_eq!(
        structure(r#"("APPLICATION" "PDF" NIL NIL NIL "7BIT" 9.3736e+06)"#).len(),
        1
    );
    // A message without its envelope is a basic part.
    assert_eq!(
        types(r#"("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 12)"#),
        ["Basic MESSAGE/RFC822"]
    );
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
    let structure_ = structure(&format!(
        r#"({text}{inner}({text}{} "MIXED") "MIXED")"#,
        message(text)
    ));
    let numbers: Vec<_> = structure_
        .parts()
        .map(|part| {
            part.number()
                .map_or_else(|| "-".to_owned(), |number| number.to_string())
        })
        .collect();
    assert_eq!(
        numbers,
        ["-", "1", "2", "-", "2.1", "2.2", "3", "3.1", "3.2", "3.2.1"]
    );
    assert_eq!(structure(text).root().number().unwrap().to_string(), "1");
    let part = structure_.part(&"3.2".parse().unwrap()).unwrap();
    assert_eq!(part.kind(), PartKind::Message);
    assert_eq!(part.children().count(), 1);
}

#[test]
fn envelopes_of_the_field() {
    let envelope = |inside: &str| {
        let line = format!("* 1 FETCH (ENVELOPE {inside} UID 7)\r\n");
        let response = parse::response(line.as_bytes(), &[]).into_owned();
        let Response::Fetch(fetch) = &response else {
            panic!("{response:?}")
        };
        assert!(fetch.uid().is_some(), "{response:?}");
        match fetch.iter().next() {
            Some(FetchAttribute::Envelope(envelope)) => envelope.into_owned(),
            other => panic!("{other:?}"),
        }
    };
    let nils = " NIL NIL NIL NIL NIL NIL";
    // A group, an address of fewer than four pieces, blanks between addresses.
    let groups = envelope(&format!(
        r#"(NIL "s" ((NIL NIL "friends" NIL) (NIL NIL "a" "b")  (NIL NIL NIL NIL)(NIL "x")) NIL{nils})"#
    ));
    let kinds: Vec<_> = groups.from.iter().map(|address| address.kind()).collect();
    assert_eq!(
        kinds,
        [
            AddressKind::GroupStart,
            AddressKind::Mailbox,
            AddressKind::GroupEnd,
            AddressKind::GroupEnd
        ]
    );
    // Fields missing at the end; Domino's second pair of parentheses (MailKit#943).
    assert_eq!(envelope(r#"("d" "s" NIL)"#).subject.unwrap(), "s");
    assert_eq!(
        envelope(&format!(r#"(("d" "s" NIL NIL{nils}))"#))
            .date
            .unwrap(),
        "d"
    );
    assert_eq!(
        attributes(&format!(r#"(ENVELOPE ("d" "s" NIL NIL{nils})) UID 7"#)).len(),
        2
    );
    // Escapes are no part of the value.
    assert_eq!(
        envelope(&format!(r#"(NIL "a\"b\\c" NIL NIL{nils})"#))
            .subject
            .unwrap(),
        r#"a"b\c"#
    );
}

#[test]
fn names_and_codes_of_the_field() {
    // Exchange: names with blanks and control characters unquoted (MailKit#945); inner quotes (MailKit#485).
    for (name, expected) in [
        ("Sent Items\tOld", "Sent Items\tOld"),
        (r#""a"b""#, r#"a"b"#),
        ("\"x [y]\"", "x [y]"),
    ] {
        let line = format!("* LIST (\\HasNoChildren) \"/\" {name}\r\n");
        let Response::List(entry) = parse::response(line.as_bytes(), &[]) else {
            panic!("{name}")
        };
        assert_eq!(entry.mailbox.decoded(), expected);
    }
    // Exchange: COPYUID without OK (MailKit#115) and without its sets (MailKit#555).
    assert!(shown("* [COPYUID 55 31 6]").contains("CopyUid"));
    assert!(shown("* OK [COPYUID 701  ] done").contains("Other { name: \"COPYUID\""));
    // The sets of COPYUID pair in their order.
    let response = parse::response(b"a OK [COPYUID 1 5,3:4 9,7:8] done\r\n", &[]).into_owned();
    let Response::Tagged {
        code:
            Some(ResponseCode::CopyUid {
                source,
                destination,
                ..
            }),
        ..
    } = response
    else {
        panic!("COPYUID")
    };
    assert_eq!(
        source
            .numbers()
            .zip(destination.numbers())
            .map(|(one, two)| (one.get(), two.get()))
            .collect::<Vec<_>>(),
        [(5, 9), (3, 7), (4, 8)]
    );
    // Flags that fall apart, a bare backslash, a nested list: the rest is kept (net-imap, libetpan).
    assert_eq!(
        attributes("FLAGS (OIB-Seen-[Gmail]/All \\ (\\X) \\Seen)"),
        ["Flags([OIB-Seen-[Gmail]/All, \\, \\Seen])"]
    );
    // A quota of a server without its list; a quota of more than 32 bits (MailKit#1602).
    assert_eq!(
        shown("* QUOTA \"\""),
        "Quota(Quota { root: \"\", resources: [] })"
    );
    assert!(shown("* QUOTA a (STORAGE 5 9000000000000)").contains("9000000000000"));
    assert!(shown("* NAMESPACE ((\"\" \"/\")) (()) NIL").contains("other_users: []"));
}

#[test]
fn what_is_not_known_is_whole() {
    for (line, name) in [
        ("* XFOO bar (baz)", "XFOO"),
        ("* 99 NOOP", "NOOP"),
        ("* METADATA \"\" (/a \"b\")", "METADATA"),
    ] {
        let octets = format!("{line}\r\n");
        match parse::response(octets.as_bytes(), &[]) {
            Response::Unknown {
                name: found, raw, ..
            } => assert_eq!((&*found, &*raw), (name.as_bytes(), octets.as_bytes())),
            other => panic!("{other:?}"),
        }
    }
    for line in [
        "* 0 FETCH (UID 1)",
        "* 0 EXPUNGE",
        "* 5 FETCH",
        "* LIST () \"/",
        "nonsense",
        "",
        "* ",
        "* SEARCH 1 x",
    ] {
        let octets = format!("{line}\r\n");
        match parse::response(octets.as_bytes(), &[]) {
            Response::Malformed { raw } => assert_eq!(&*raw, octets.as_bytes()),
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn bodies_that_went_by_are_known_by_their_place() {
    let octets = b"* 2 FETCH (BODY[] {5}\r\n UID 7 RFC822.TEXT {3}\r\n)\r\n";
    let place = |from: usize| {
        u32::try_from(
            octets[from..]
                .windows(2)
                .position(|two| two == b"\r\n")
                .unwrap()
                + from
                + 2,
        )
        .unwrap()
    };
    let first = place(0);
    let second = place(usize::try_from(first).unwrap());
    let Response::Fetch(fetch) = parse::response(octets, &[first, second]).into_owned() else {
        panic!("FETCH")
    };
    let streamed = |attribute: &FetchAttribute<'_>| match attribute {
        FetchAttribute::BodySection {
            data: BodyData::Streamed { octets },
            ..
        }
        | FetchAttribute::Rfc822Text(BodyData::Streamed { octets }) => Some(*octets),
        _ => None,
    };
    assert_eq!(
        fetch
            .iter()
            .filter_map(|attribute| streamed(&attribute))
            .collect::<Vec<_>>(),
        [5, 3]
    );
    assert_eq!(fetch.uid().unwrap().get(), 7);
}
