//! Lines of servers, sample by sample. Each is our wording of a fact with its source, mostly
//! defects of named servers; `tolerance.rs` has more.

use bytes::BytesMut;
use imap_proto_lite::{
    Limits, Quirks, Response,
    frame::{Frame, Framer},
    parse,
    response::{BodyData, Condition, FetchAttribute, ResponseCode},
};

fn shown(line: &str) -> String {
    format!("{:?}", parse::response(format!("{line}\r\n").as_bytes(), &[]))
}

/// The attributes of a FETCH, as text.
fn attributes(inside: &str) -> Vec<String> {
    let line = format!("* 1 FETCH ({inside})\r\n");
    match parse::response(line.as_bytes(), &[]) {
        Response::Fetch(fetch) => fetch.iter().map(|attribute| format!("{attribute:?}")).collect(),
        other => panic!("{other:?}"),
    }
}

/// The common form takes the fast path, the odd one the general case. Both give the same value.
#[test]
fn the_fast_path_and_the_general_case_agree() {
    let meaning = |line: &str| match parse::response(line.as_bytes(), &[]) {
        Response::Malformed { .. } => "malformed".to_owned(),
        other => format!("{other:?}"),
    };

    let numbers = [
        "",
        "0",
        "7",
        "4294967295",
        "4294967296",
        "9999999999999999999",
        "18446744073709551615",
        "18446744073709551616",
    ];
    for name in
        ["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "SIZE", "HIGHESTMODSEQ", "X"]
    {
        for number in numbers {
            let short = format!("* STATUS \"a b\" ({name} {number} UNSEEN 3)\r\n");
            for long in [
                format!("* STATUS  \"a b\" ({name} {number} UNSEEN 3)\r\n"),
                format!("* status \"a b\" ({name}  {number}  UNSEEN 3)\r\n"),
            ] {
                assert_eq!(meaning(&short), meaning(&long), "{short}{long}");
            }
        }
    }
    for attributes in ["", "\\HasNoChildren", "\\hasnochildren \\Marked \\X"] {
        for (delimiter, mailbox) in [
            ("\"/\"", "INBOX"),
            ("\".\"", "\"a b\""),
            ("NIL", "a"),
            ("\"\\\\\"", "a"),
            ("\"/\"", "\"a\\\"b\""),
            ("\"\\\"", "a"),
            ("\"/\"", "a (\"CHILDINFO\" (\"X\"))"),
            ("\"/\"", "a b"),
        ] {
            let short = format!("* LIST ({attributes}) {delimiter} {mailbox}\r\n");
            let long = format!("* list ({attributes})  {delimiter}  {mailbox}\r\n");
            assert_eq!(meaning(&short), meaning(&long), "{short}");
            assert!(matches!(parse::response(short.as_bytes(), &[]), Response::List(_)), "{short}");
        }
    }
}

/// So does a body whose bytes went by.
#[test]
fn the_fast_path_and_the_general_case_agree_about_bodies() {
    let mut bodies = 0;
    for header in
        ["{5}", "{0}", "~{5}", "{5+}", "{05}", "{}", "{x}", "{18446744073709551616}", "NIL"]
    {
        for behind in [")", " UID 7)", "\r\n)", "\r\n UID 7)", "x)", "(", ""] {
            let meaning = |name: &str, streamed: bool| {
                let start = format!("* 1 FETCH (FLAGS () {name}{header}\r\n");
                let place = [u32::try_from(start.len()).unwrap()];
                let line = format!("{start}{behind}\r\n");
                let places = if streamed { &place[..] } else { &[] };
                format!("{:?}", parse::response(line.as_bytes(), places)).replace("  ", " ")
            };
            for streamed in [true, false] {
                let short = meaning("BODY[] ", streamed);
                assert_eq!(short, meaning("BODY[]  ", streamed), "{header} {behind}");
                bodies += usize::from(short.contains("Streamed"));
            }
        }
    }
    // Not before `x)` and `(`.
    assert_eq!(bodies, 5 * 5);
}

#[test]
fn values_of_lines_and_items() {
    // A line, and what has to be seen of it; nothing may be unknown or malformed.
    for (line, expected) in [
        ("A1 OK", r#"Tagged { tag: A1, condition: Ok, code: None, text: "" }"#),
        ("+", r#"Continuation { text: "" }"#),
        ("* CAPABILITY IMAP4rev1  IDLE ", "Capability([IMAP4rev1, IDLE])"),
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
            r#"Search(SearchResult { numbers: [2, 5], mod_seq: Some(ModSeq(9)), damaged: "" })"#,
        ),
        ("* search ", r#"Search(SearchResult { numbers: [], mod_seq: None, damaged: "" })"#),
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
        ("FLAGS (\\Seen) )", &["Flags([\\Seen])", "Malformed { name: \"\", raw: \")\" }"]),
        ("FLAGS (\\Seen) ", &["Flags([\\Seen])"]),
        ("RFC822.SIZE 5000000000", &["Rfc822Size(5000000000)"]),
        (
            "RFC822.SIZE -1 UID 5",
            &["Malformed { name: \"RFC822.SIZE\", raw: \"RFC822.SIZE -1\" }", "Uid(Uid(5))"],
        ),
        ("UID 0 FLAGS ()", &["Malformed { name: \"UID\", raw: \"UID 0\" }", "Flags([])"]),
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
            &["GmailMessageId(18446744073709551615)", "GmailLabels([\"\\\\Inbox\", \"a b\"])"],
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
        ("INTERNALDATE NIL UID 3", &["InternalDate(\"\")", "Uid(Uid(3))"]),
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
        // A line end after a literal that was announced too short (MailKit#954).
        (
            "BODY[] {1}\r\nx\r\n UID 4",
            &[
                "BodySection { section: Section { part: None, text: None }, origin: None, data: Inline(\"x\") }",
                "Uid(Uid(4))",
            ],
        ),
        (
            "MODSEQ (-1) UID 4",
            &["Malformed { name: \"MODSEQ\", raw: \"MODSEQ (-1)\" }", "Uid(Uid(4))"],
        ),
        ("", &[]),
    ] {
        assert_eq!(attributes(inside), expected, "{inside}");
    }
}

#[test]
fn bytes_of_unknown_charset_are_kept() {
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
    let Response::Fetch(fetch) = &response else { panic!("FETCH") };
    let Some(FetchAttribute::Envelope(envelope)) = fetch.iter().next() else { panic!("ENVELOPE") };
    assert_eq!(&*envelope.subject().unwrap().to_cow(), b"gr\xfc\xdfe");
    assert!(envelope.from().is_empty());
}

#[test]
fn an_8_bit_byte_after_a_code() {
    let line = "* OK [ALERT]écoute\r\n";
    let Response::Condition { condition, code, text } = parse::response(line.as_bytes(), &[])
    else {
        panic!("status")
    };
    assert_eq!((condition, code), (Condition::Ok, Some(ResponseCode::Alert)));
    assert_eq!(&*text, "écoute".as_bytes());
}

#[test]
fn status_text_announces_no_literal() {
    let Response::Condition { code, text, .. } =
        parse::response(b"* OK [ALERT] limit {42}\r\n", &[])
    else {
        panic!("status")
    };
    assert_eq!(code, Some(ResponseCode::Alert));
    assert_eq!(&*text, b"limit {42}");
}

#[test]
fn names_and_codes_of_real_servers() {
    // Exchange: names with spaces and control characters unquoted (MailKit#945); inner quotes
    // (MailKit#485).
    for (name, expected) in [
        ("Sent Items\tOld", "\u{fffd}Sent Items\tOld"),
        (r#""a"b""#, r#"a"b"#),
        ("\"x [y]\"", "x [y]"),
    ] {
        let line = format!("* LIST (\\HasNoChildren) \"/\" {name}\r\n");
        let Response::List(entry) = parse::response(line.as_bytes(), &[]) else { panic!("{name}") };
        assert_eq!(entry.mailbox.decoded(false), expected);
    }
    // COPYUID without `* OK` (Exchange, MailKit#115), without OK (home.pl) and without its sets
    // (Exchange, MailKit#555).
    assert!(shown("[COPYUID 55 31 6]").contains("CopyUid"));
    assert!(shown("* [COPYUID 55 31 6]").contains("CopyUid"));
    assert!(shown("[COPYUID 701  ] done").starts_with("Malformed"));
    assert!(shown("* OK [COPYUID 701  ] done").contains("Other { name: \"COPYUID\""));
    // The sets of COPYUID pair in their order.
    let response = parse::response(b"a OK [COPYUID 1 5,3:4 9,7:8] done\r\n", &[]);
    let Response::Tagged { code: Some(ResponseCode::CopyUid { source, destination, .. }), .. } =
        response
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
    // Flags split at spaces, a bare backslash, a nested list: the others are kept (net-imap,
    // libetpan).
    assert_eq!(
        attributes("FLAGS (OIB-Seen-[Gmail]/All \\ (\\X) \\Seen)"),
        ["Flags([OIB-Seen-[Gmail]/All, \\, \\Seen])"]
    );
    // A quota of a server without its list; a quota of more than 32 bits (MailKit#1602).
    assert_eq!(shown("* QUOTA \"\""), "Quota(Quota { root: \"\", resources: [] })");
    assert!(shown("* QUOTA a (STORAGE 5 9000000000000)").contains("9000000000000"));
    assert!(shown("* NAMESPACE ((\"\" \"/\")) (()) NIL").contains("other_users: []"));
}

#[test]
fn a_status_item_without_a_value_loses_only_itself() {
    let response = parse::response(b"* STATUS INBOX (MESSAGES 5 UNSEEN )\r\n", &[]);
    assert_eq!(
        format!("{response:?}"),
        r#"Status(MailboxStatus { mailbox: "INBOX", values: [Messages(5), Other { name: "UNSEEN", value: "" }] })"#
    );
}

#[test]
fn unknown_responses_are_complete() {
    for (line, name) in [
        ("* XFOO bar (baz)", "XFOO"),
        ("* 99 NOOP", "NOOP"),
        ("* NOOP what", "NOOP"),
        ("* METADATA \"\" (/a \"b\")", "METADATA"),
    ] {
        let octets = format!("{line}\r\n");
        match parse::response(octets.as_bytes(), &[]) {
            Response::Unknown { name: found, raw, .. } => {
                assert_eq!((&*found, &*raw), (name.as_bytes(), octets.as_bytes()))
            }
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
        "* SEARCH x 1",
    ] {
        let octets = format!("{line}\r\n");
        match parse::response(octets.as_bytes(), &[]) {
            Response::Malformed { raw } => assert_eq!(&*raw, octets.as_bytes()),
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn streamed_bodies_are_known_by_their_place() {
    let octets = b"* 2 FETCH (BODY[] {5}\r\n UID 7 RFC822.TEXT {3}\r\n)\r\n";
    let place = |from: usize| {
        u32::try_from(octets[from..].windows(2).position(|two| two == b"\r\n").unwrap() + from + 2)
            .unwrap()
    };
    let first = place(0);
    let second = place(usize::try_from(first).unwrap());
    let places = [first, second];
    let Response::Fetch(fetch) = parse::response(octets, &places) else { panic!("FETCH") };
    let streamed = |attribute: &FetchAttribute<'_>| match attribute {
        FetchAttribute::BodySection { data: BodyData::Streamed { octets }, .. }
        | FetchAttribute::Rfc822Text(BodyData::Streamed { octets }) => Some(*octets),
        _ => None,
    };
    assert_eq!(
        fetch.iter().filter_map(|attribute| streamed(&attribute)).collect::<Vec<_>>(),
        [5, 3]
    );
    assert_eq!(fetch.uid().unwrap().get(), 7);
}

/// Parses bytes that came in pieces: the lines of the framer, shown.
fn in_pieces(line: &str, piece: usize) -> String {
    let mut framer = Framer::new(&Limits::default(), &Quirks::default());
    let mut input = BytesMut::new();
    let mut shown = Vec::new();
    for octets in format!("{line}\r\n").as_bytes().chunks(piece) {
        input.extend_from_slice(octets);
        while let Some(frame) = framer.next(&mut input).unwrap() {
            let Frame::Line(line) = frame else { panic!("{frame:?}") };
            shown.push(format!("{:?}", line.response()));
        }
    }
    shown.join("\n")
}

/// Checks each line whole and in pieces of 1, 3 and 7 bytes. The expected text is a part of what is
/// shown.
fn check_lines(lines: &[(&str, &str)]) {
    for (line, expected) in lines {
        for piece in [usize::MAX, 1, 3, 7] {
            let shown = in_pieces(line, piece);
            assert!(shown.contains(expected), "{line}: {shown}");
        }
    }
}

/// So a client knows whose answer is missing.
#[test]
fn a_line_that_cannot_be_read_has_a_name() {
    for (line, is_search) in [
        ("* SEARCH x\r\n", true),
        ("*  search 0x\r\n", true),
        ("* SEARCH\r\n", false),
        ("* SEARCH 1 2\r\n", false),
        ("* SEARCHRES x\r\n", false),
        ("* THREAD (1\r\n", false),
        ("* 5 SEARCH x\r\n", false),
        ("SEARCH x\r\n", false),
    ] {
        let response = parse::response(line.as_bytes(), &[]);
        assert_eq!(response.is_malformed("SEARCH"), is_search, "{line:?}");
    }
    assert!(parse::response(b"* THREAD (1\r\n", &[]).is_malformed("THREAD"));
}

/// A damaged end costs only itself, and the caller is told (emailjs/emailjs-imap-client#259: a
/// client took an answer that it could not read for an empty one).
#[test]
fn numbers_of_a_search_survive_a_damaged_end() {
    for name in ["SEARCH", "SORT"] {
        for (rest, numbers, mod_seq, damaged) in [
            (" 7 9", &[7, 9][..], None, ""),
            (" 7 9 ", &[7, 9], None, ""),
            (" 7 9\t", &[7, 9], None, ""),
            ("\t7\t9", &[7, 9], None, ""),
            (" 7 9 (MODSEQ 12)", &[7, 9], Some(12), ""),
            (" 7 9(modseq  12 ) ", &[7, 9], Some(12), ""),
            (" 7 9 (MODSEQ)", &[7, 9], None, "(MODSEQ)"),
            (" 7 9 (MODSEQ -3)", &[7, 9], None, "(MODSEQ -3)"),
            (" 7 9 (MODSEQ 12", &[7, 9], None, "(MODSEQ 12"),
            (" 7 9 (MODSEQ 12) x", &[7, 9], Some(12), "x"),
            (" 7 9 ()", &[7, 9], None, "()"),
            (" 7 9 !", &[7, 9], None, "!"),
            (" 7 9 UID", &[7, 9], None, "UID"),
            (" 7 8x 9", &[7], None, "8x 9"),
            (" 7 9,11", &[7], None, "9,11"),
            (" 7 0 4294967296 9", &[7, 9], None, ""),
        ] {
            let line = format!("* {name}{rest}\r\n");
            let (Response::Search(result) | Response::Sort(result)) =
                parse::response(line.as_bytes(), &[])
            else {
                panic!("{line}")
            };
            let found: Vec<u32> = result.numbers.iter().map(|number| number.get()).collect();
            assert_eq!(found, numbers, "{line}");
            let skipped = if rest.contains(" 0 ") { 2 } else { 0 };
            assert_eq!(result.numbers.skipped(), skipped, "{line}");
            assert_eq!(result.mod_seq.map(|value| value.get()), mod_seq, "{line}");
            assert_eq!(&*result.damaged, damaged.as_bytes(), "{line}");
        }
        // Nothing can be read: that is no empty answer.
        for rest in [" 7,9", " 1:5", " (7 9)", " NIL", " -1", " UID 7", " ()", " x"] {
            assert!(shown(&format!("* {name}{rest}")).starts_with("Malformed"), "{rest}");
        }
    }
}

#[test]
fn items_of_an_extended_search_survive_a_damaged_one() {
    let all = "all: Some(Uid([NumberRange { first: Uid(4), last: Uid(6) }, NumberRange { first: Uid(9), last: Uid(9) }]))";
    let damaged = |text: &str| format!("damaged: {text:?} }}");
    for (items, expected) in [
        // MODSEQ in separate parentheses (jstedfast/MailKit#323), anywhere.
        (
            "ALL 4:6,9 (MODSEQ 12)",
            vec![all.into(), "mod_seq: Some(ModSeq(12))".into(), damaged("")],
        ),
        (
            "(MODSEQ 12) ALL 4:6,9",
            vec![all.into(), "mod_seq: Some(ModSeq(12))".into(), damaged("")],
        ),
        (
            "MODSEQ (12) ALL 4:6,9",
            vec![all.into(), "mod_seq: Some(ModSeq(12))".into(), damaged("")],
        ),
        ("ALL 4:6,9 (MODSEQ -3)", vec![all.into(), "mod_seq: None".into(), damaged("(MODSEQ -3)")]),
        ("ALL 4:6,9 ()", vec![all.into(), damaged("()")]),
        ("ALL 4:6,9, 11", vec![all.into(), damaged(", 11")]),
        ("ALL 4:6,9, COUNT 4", vec![all.into(), "count: Some(4)".into(), damaged(",")]),
        ("COUNT x ALL 4:6,9", vec![all.into(), "count: None".into(), damaged("COUNT x")]),
        ("MIN 0 ALL 4:6,9 MAX 0", vec![all.into(), damaged("MIN 0 MAX 0")]),
        ("ALL 4:6,9 MIN", vec![all.into(), damaged("MIN")]),
        ("ALL 4:6,9 . COUNT 4", vec![all.into(), "count: Some(4)".into(), damaged(".")]),
        ("ALL 4:6,9 ) COUNT 4", vec![all.into(), "count: Some(4)".into(), damaged(")")]),
        ("ALL 4:6,9 \"open COUNT 4", vec![all.into(), damaged("\"open COUNT 4")]),
        ("ALL NIL COUNT 0", vec!["all: None".into(), "count: Some(0)".into(), damaged("ALL NIL")]),
        ("ALL 4:6,9 COUNT 4 ALL 7", vec![all.into(), damaged("ALL 7")]),
        ("ALL 4:6,9 COUNT 4 COUNT 5", vec!["count: Some(4)".into(), damaged("COUNT 5")]),
        ("ALL 4:6,9 X-KEY (a \"b\")", vec![all.into(), "(\"X-KEY\", ".into(), damaged("")]),
    ] {
        for correlator in ["", "(TAG \"A1\") ", "(TAG A1) "] {
            let line = format!("* ESEARCH {correlator}UID {items}");
            for piece in [usize::MAX, 1, 3, 7] {
                let shown = in_pieces(&line, piece);
                for expected in &expected {
                    assert!(shown.contains(&**expected), "{line}: {shown}");
                }
            }
        }
    }
    // Nothing can be read, or the numbers may belong to another mailbox (RFC 7377).
    for items in ["ALL", "ALL \"\"", "ALL x", "ALL 12x", "MIN 0", "(TAG \"A1\" MAILBOX x) ALL 1"] {
        let shown = shown(&format!("* ESEARCH UID {items}"));
        assert!(shown.starts_with("Malformed"), "{items}: {shown}");
    }
}

#[test]
fn names_with_lone_backslashes_and_odd_quotes() {
    let name = |text: &str| format!("mailbox: {text:?}");
    for (line, expected) in [
        (r#"LIST () "/" "Kunden\""#, name(r"Kunden\")),
        (r#"LIST () "/" "Kunden\" ("CHILDINFO" ("SUBSCRIBED"))"#, name(r"Kunden\")),
        (r#"LIST () "/" "Kunden\\""#, name(r"Kunden\")),
        (r#"LIST () "\" "c\d""#, name(r"c\d")),
        (r#"LIST () "\" "c\d""#, "delimiter: Some(92)".to_owned()),
        (r#"LIST () "\\" c"#, "delimiter: Some(92)".to_owned()),
        (r#"LIST () "/" "c"d""#, name(r#"c"d"#)),
        (r#"LSUB () "/" "Kunden\""#, name(r"Kunden\")),
        (r#"STATUS "Kunden\" (MESSAGES 3)"#, name(r"Kunden\")),
        (r#"STATUS "c"d" (MESSAGES 3)"#, name(r#"c"d"#)),
        // Lotus Domino does not quote (IndySockets/Indy#329).
        (r#"LIST () "\\" Folder\Sub 1"#, name(r"Folder\Sub 1")),
        ("LIST () \"/\" [Gmail]", name("[Gmail]")),
        ("LIST () \"/\" +x", name("+x")),
        ("LIST () NIL {3}\r\na\"b", name("a\"b")),
        ("LIST () \"\" x", "delimiter: None".to_owned()),
        ("STATUS a b (c) (MESSAGES 1)", name("a b (c)")),
        ("STATUS [Gmail] ()", name("[Gmail]")),
        ("STATUS x (MESSAGES NIL UNSEEN 3)", "Unseen(3)".to_owned()),
        ("STATUS x (MESSAGES 1, UNSEEN 2)", "Unseen(2)".to_owned()),
    ] {
        check_lines(&[(&format!("* {line}"), &expected)]);
    }
}

#[test]
fn odd_spacing_and_codes() {
    check_lines(&[
        (
            "* NAMESPACE ((\"\" \"/\")) ( ( \"u\" \".\" ) ) NIL",
            "other_users: [NamespaceEntry { prefix: \"u\", delimiter: Some(46)",
        ),
        (
            "* NAMESPACE  ( (\"\" \"/\" \"X\" ( \"a\" \"b\" ) ) )  NIL  NIL ",
            "[(\"X\", [\"a\", \"b\"])]",
        ),
        ("* ID ( \"name\" \"x\" \"version\" NIL )", "(\"version\", None)"),
        ("*  17  EXISTS ", "Exists(17)"),
        ("* 17 EXISTS.", "Unknown { name: \"EXISTS.\", number: Some(17)"),
        ("* 4294967296 EXISTS", "Malformed"),
        ("* capability imap4rev1 idle\t", "Capability("),
        ("* OK [CAPABILITY  IMAP4rev1  ID ] hi", "code: Some(Capability("),
        (
            "* OK [UIDVALIDITY 1713632002544] x",
            "Other { name: \"UIDVALIDITY\", argument: Some(\"1713632002544\")",
        ),
        ("* OK [UNSEEN] x", "Other { name: \"UNSEEN\", argument: None"),
        (
            "* OK [PERMANENTFLAGS NIL] x",
            "Other { name: \"PERMANENTFLAGS\", argument: Some(\"NIL\")",
        ),
        ("* OK [COPYUID 5 1:3 7:9 ] x", "CopyUid { uid_validity: UidValidity(5)"),
        ("* OK [COPYUID 1 2 19564493749] x", "Other { name: \"COPYUID\""),
        ("* OK [APPENDUID 1 5,6:7] x", "AppendUid { uid_validity: UidValidity(1)"),
        ("* NO [ALERT] [x] y", "code: Some(Alert), text: \"[x] y\""),
        ("* OK [] x", "code: None, text: \"[] x\""),
        ("* OK [ALERT]x", "code: Some(Alert), text: \"x\""),
        ("* OK [HIGHESTMODSEQ 18446744073709551616] x", "Other { name: \"HIGHESTMODSEQ\""),
        (
            "* OK [X \"]\" (])] x",
            "Other { name: \"X\", argument: Some(\"\\\"]\\\" (])\") }), text: \"x\"",
        ),
        ("* OK [X (] x", "Other { name: \"X\", argument: Some(\"(\") }), text: \"x\""),
        ("* OK see {9}", "text: \"see {9}\""),
        ("* BYE", "Condition { condition: Bye, code: None, text: \"\""),
    ]);
}
