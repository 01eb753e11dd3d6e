//! Samples of what real servers send beyond the grammar, one test each, and hostile inputs in a
//! whole session. `grammar.rs` and `body_structure.rs` have more of both for the grammar alone.

use bytes::BytesMut;
use imap_proto_lite::{
    Command, Limits, Quirks,
    frame::{Frame, Framer},
    parse,
};

use crate::support::{
    client::{config, feed, greeted, send},
    show::{show_all, show_response},
};

/// Parses the line with the framer and compares the result. `\u{e9}` and the like in the tables are
/// single bytes.
fn check(line: &str, expected: &str) {
    let octets: Vec<u8> =
        format!("{line}\r\n").chars().map(|character| u8::try_from(character).unwrap()).collect();
    let mut framer = Framer::new(&Limits::default(), &Quirks::default());
    let mut input = BytesMut::from(&octets[..]);
    let mut lines = Vec::new();
    while let Some(frame) = framer.next(&mut input).unwrap() {
        if let Frame::Line(found) = frame {
            lines.push(found);
        }
    }
    assert_eq!(lines.len(), 1, "one line: {lines:?}");
    assert_eq!(show_response(&lines[0].response()).trim_end(), expected);
}

macro_rules! matrix {
    ($($name:ident: $line:expr => $expected:expr,)*) => {
        /// A test each.
        mod matrix {
            use super::{check, nested, nested_shown};

            $(#[test]
            fn $name() {
                check(&$line, &$expected);
            })*
        }
    };
}

/// `levels` multiparts around a text.
fn nested(levels: usize) -> String {
    "(".repeat(levels)
        + r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)"#
        + &r#" "MIXED")"#.repeat(levels)
}

/// The text that shows [`nested`].
fn nested_shown(levels: usize) -> String {
    let mut shown = "[- Multipart MULTIPART/MIXED]".to_owned();
    for depth in 1..levels {
        let number = ["1"].repeat(depth).join(".");
        shown += &format!(" [{number} Multipart MULTIPART/MIXED]");
    }
    let number = ["1"].repeat(levels).join(".");
    shown + &format!(" [{number} Text TEXT/PLAIN encoding=7BIT octets=1 lines=1]")
}

matrix! {
    ok_with_no_text: "* OK" => "* OK",
    eight_bit_in_status_text: "* OK caf\u{e9}" => "* OK caf\u{fffd}",
    capability_with_two_spaces_telekom_hu: "* CAPABILITY IMAP4rev1  IDLE" => "* CAPABILITY IMAP4rev1 IDLE",
    capability_with_only_imap4rev2: "* CAPABILITY IMAP4rev2" => "* CAPABILITY IMAP4rev2",
    list_name_in_latin_1: "* LIST () \"/\" \"Entw\u{fc}rfe\"" => r"* LIST () / Entw\xfcrfe",
    list_with_childinfo: r#"* LIST () "/" a ("CHILDINFO" ("SUBSCRIBED"))"# => "* LIST () / a",
    list_with_oldname: r#"* LIST () "/" a ("OLDNAME" ("b"))"# => "* LIST () / a",
    status_size_appendlimit_mailboxid: "* STATUS x (SIZE 5 APPENDLIMIT NIL MAILBOXID (F1))"
        => r#"* STATUS x (Size(5) AppendLimit(None) MailboxId("F1"))"#,
    status_with_trailing_space_exchange: "* STATUS x (MESSAGES 1 ) " => "* STATUS x (Messages(1))",
    search_with_modseq: "* SEARCH 2 5 (MODSEQ 9)" => "* SEARCH 2 5 MODSEQ 9",
    esearch: r#"* ESEARCH (TAG "A1") UID COUNT 3 ALL 4:5,9"# => "* ESEARCH tag A1 uid count 3 all uid 4:5,9",
    fetch_modseq: "* 1 FETCH (MODSEQ (7))" => "* FETCH 1 MODSEQ 7",
    fetch_with_space_before_parenthesis_qq_and_free_fr: "* 1 FETCH (UID 2 )" => "* FETCH 1 UID 2",
    size_over_4_gib: "* 1 FETCH (RFC822.SIZE 5000000000)" => "* FETCH 1 SIZE 5000000000",
    size_minus_1: "* 1 FETCH (RFC822.SIZE -1 UID 2)" => "* FETCH 1 malformed RFC822.SIZE RFC822.SIZE -1, UID 2",
    body_literal_with_nul: "* 1 FETCH (BODY[] {3}\r\na\0b UID 2)" => "* FETCH 1 BODY[] streamed 3, UID 2",
    binary_literal8: "* 1 FETCH (BINARY[1] ~{2}\r\n\0\0)"
        => "* FETCH 1 Binary { part: Some(1), origin: None, data: Streamed { octets: 2 } }",
    x_gm_items: r#"* 1 FETCH (X-GM-MSGID 18446744073709551615 X-GM-THRID 1 X-GM-LABELS (\Inbox "a b"))"#
        => r#"* FETCH 1 GmailMessageId(18446744073709551615), GmailThreadId(1), GmailLabels(["\\Inbox", "a b"])"#,
    unknown_item_with_nested_parentheses: r#"* 1 FETCH (X-FOO (a (b ")") c) UID 2)"#
        => r#"* FETCH 1 unknown X-FOO (a (b \")\") c), UID 2"#,
    internaldate_with_unpadded_day: r#"* 1 FETCH (INTERNALDATE "1-Jan-2020 00:00:00 +0000")"#
        => "* FETCH 1 DATE 1-Jan-2020 00:00:00 +0000",
    envelope_with_an_empty_list: r#"* 1 FETCH (ENVELOPE (NIL "s" () NIL NIL NIL NIL NIL NIL NIL))"# => "* FETCH 1 ENVELOPE [subject=s]",
    eight_bit_in_envelope: "* 1 FETCH (ENVELOPE (NIL \"gr\u{fc}n\" NIL NIL NIL NIL NIL NIL NIL NIL))"
        => r"* FETCH 1 ENVELOPE [subject=gr\xfcn]",
    bodystructure_lines_minus_1: r#"* 1 FETCH (BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 -1))"#
        => "* FETCH 1 BODYSTRUCTURE [1 Text TEXT/PLAIN encoding=7BIT octets=5]",
    bodystructure_message_without_envelope: r#"* 1 FETCH (BODYSTRUCTURE ("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 5))"#
        => "* FETCH 1 BODYSTRUCTURE [1 Basic MESSAGE/RFC822 encoding=7BIT octets=5]",
    bodystructure_parameter_nil_mail_ru: r#"* 1 FETCH (BODYSTRUCTURE ("TEXT" "PLAIN" ("BOUNDARY" NIL) NIL NIL "7BIT" 5 1))"#
        => "* FETCH 1 BODYSTRUCTURE [1 Text TEXT/PLAIN BOUNDARY=NIL encoding=7BIT octets=5 lines=1]",
    bodystructure_nested_8: format!("* 1 FETCH (BODYSTRUCTURE {})", nested(8))
        => format!("* FETCH 1 BODYSTRUCTURE {}", nested_shown(8)),
    bodystructure_nested_100: format!("* 1 FETCH (BODYSTRUCTURE {})", nested(100))
        => format!("* FETCH 1 BODYSTRUCTURE {}", nested_shown(100)),
    unknown_untagged_response: "* XFOO bar" => "* unknown XFOO",
    quoted_is_unescaped: r#"* LIST () "/" "a\"b""# => r#"* LIST () / a\"b"#,
}

#[test]
fn matrix_tagged_ok_with_no_text_and_plus_without_space() {
    let shown = |line: &[u8]| format!("{:?}", parse::response(line, &[]));
    assert_eq!(shown(b"A1 OK\r\n"), r#"Tagged { tag: A1, condition: Ok, code: None, text: "" }"#);
    assert_eq!(shown(b"+\r\n"), r#"Continuation { text: "" }"#);
}

/// A session in which `octets` answer one NOOP, and a second NOOP is answered too.
fn session(octets: &str) -> Vec<String> {
    for cut in [1, 7, usize::MAX] {
        let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
        let mut all = Vec::new();
        for octets in [octets, ""] {
            let (_, tag) = send(&mut connection, &Command::Noop);
            let octets = format!("{octets}{tag} OK done\r\n");
            let (events, error) = feed(&mut connection, &mut input, octets.as_bytes(), || cut);
            assert_eq!(error, None);
            all.extend(show_all(&events, |_| "it".into()));
        }
        assert_eq!(connection.in_flight(), 0);
        assert!(input.is_empty());
        if cut == usize::MAX {
            return all;
        }
    }
    unreachable!()
}

#[test]
fn a_structure_too_deep_loses_only_itself() {
    let shown =
        session(&format!("* 1 FETCH (UID 1 BODYSTRUCTURE {} FLAGS (\\Seen))\r\n", nested(101)));
    assert!(shown[0].starts_with("* FETCH 1 UID 1, malformed BODYSTRUCTURE"));
    assert!(shown[0].ends_with("FLAGS (\\Seen)"));
    assert_eq!(shown[1..], [r#"done it Ok "done""#, r#"done it Ok "done""#]);
}

#[test]
fn a_parameter_without_value_loses_no_message() {
    let message = |number: u32, parameters: &str| {
        format!(
            "* {number} FETCH (UID {number} BODYSTRUCTURE (\"TEXT\" \"PLAIN\" {parameters} NIL NIL \"7BIT\" 5 1))\r\n"
        )
    };
    let shown =
        session(&[message(1, "NIL"), message(2, "(\"BOUNDARY\" NIL)"), message(3, "NIL")].concat());
    for (place, parameters) in ["", " BOUNDARY=NIL", ""].iter().enumerate() {
        let number = place + 1;
        assert_eq!(
            shown[place],
            format!(
                "* FETCH {number} UID {number}, BODYSTRUCTURE [1 Text TEXT/PLAIN{parameters} encoding=7BIT octets=5 lines=1]"
            )
        );
    }
    assert_eq!(shown[3..], [r#"done it Ok "done""#, r#"done it Ok "done""#]);
}

#[test]
fn text_that_looks_like_a_literal_swallows_no_bytes() {
    assert_eq!(
        session("* OK [ALERT] limit {42}\r\n* 3 EXISTS\r\n"),
        ["* OK [ALERT] limit {42}", "* EXISTS 3", r#"done it Ok "done""#, r#"done it Ok "done""#]
    );
}
