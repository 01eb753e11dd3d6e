use alloc::format;

use super::*;
use crate::command::CommandKind;

#[test]
fn status_lines() {
    let ok = |text| Some(Response::Status(StatusLine { status: Status::Ok, text }));
    let err = |text| Some(Response::Status(StatusLine { status: Status::Err, text }));
    for (line, expected) in [
        (&b"+OK"[..], ok(&b""[..])),
        (b"+OK ", ok(b"")),
        (b"+OK  two", ok(b" two")),
        (b"+ok text", ok(b"text")),
        (b"+OK\ttext", ok(b"text")),
        (b"-ERR", err(b"")),
        (b"-err [AUTH] no", err(b"[AUTH] no")),
        (b"+", Some(Response::Challenge(b""))),
        (b"+ ", Some(Response::Challenge(b""))),
        (b"+ QQ==", Some(Response::Challenge(b"QQ=="))),
        (b"+QQ==", None),
        (b"+OKAY", None),
        (b"-ERROR", None),
        (b"-", None),
        (b"", None),
        (b" +OK", None),
        (b"OK", None),
    ] {
        assert_eq!(response(line), expected, "{line:?}");
    }
    assert_eq!(status_line(b"+ x"), None);
}

/// V8
#[test]
fn v8_response_codes() {
    for (text, code, rest, known) in [
        (&b"[IN-USE] a"[..], &b"IN-USE"[..], &b"a"[..], Some(ResponseCode::InUse)),
        (b"[in-use/deep]a", b"in-use/deep", b"a", Some(ResponseCode::InUse)),
        (b"[Login-Delay]", b"Login-Delay", b"", Some(ResponseCode::LoginDelay)),
        (b"[SYS/TEMP] a ", b"SYS/TEMP", b"a ", Some(ResponseCode::SysTemp)),
        (b"[SYS/PERM/X/Y]", b"SYS/PERM/X/Y", b"", Some(ResponseCode::SysPerm)),
        (b"[SYS/OTHER]", b"SYS/OTHER", b"", Some(ResponseCode::Sys)),
        (b"[AUTH] [x]", b"AUTH", b"[x]", Some(ResponseCode::Auth)),
        (b"[UTF8]", b"UTF8", b"", Some(ResponseCode::Utf8)),
        (b"[AUTHOR]", b"AUTHOR", b"", None),
    ] {
        assert_eq!(response_code(text), Some((code, rest)));
        assert_eq!(known_response_code(code), known, "{code:?}");
    }
    for text in
        [&b"[]"[..], b"[", b"[A", b"[A B]", b"[A/]", b"[/A]", b"a [A]", b" [A]", b"", b"[A\x07]"]
    {
        assert_eq!(response_code(text), None, "{text:?}");
    }
}

#[test]
fn timestamps() {
    for (text, expected) in [
        (
            &b"ready <1896.697170952@dbc.mtview.ca.us>"[..],
            Some(&b"<1896.697170952@dbc.mtview.ca.us>"[..]),
        ),
        (b"<a@b>", Some(b"<a@b>")),
        (b"<a <b@c> d>", Some(b"<b@c>")),
        (b"<<a@b>>", Some(b"<a@b>")),
        (b"<a@b", None),
        (b"<a@b@c>", None),
        (b"<a b@c>", None),
        (b"<ab>", None),
        (b"<a@\xe9>", None),
        (b"", None),
    ] {
        assert_eq!(timestamp(text), expected, "{text:?}");
    }
}

#[test]
fn listings() {
    let size = |number, octets| Some(ScanListing { number: MessageNumber::new(number), octets });
    for (line, expected) in [
        (&b"1 120"[..], size(1, Some(120))),
        (b" 1\t 120 and more", size(1, Some(120))),
        (b"4294967295 18446744073709551615", size(u32::MAX, Some(u64::MAX))),
        (b"2 18446744073709551616", size(2, None)),
        (b"2 -1", size(2, None)),
        (b"2 1.5e3", size(2, None)),
        (b"2 octets", None),
        (b"2", None),
        (b"2 ", None),
        (b"0 1", None),
        (b"4294967296 1", None),
        (b"-1 1", None),
        (b"1x 1", None),
        (b"", None),
    ] {
        assert_eq!(scan_listing(line), expected, "{line:?}");
    }
    assert_eq!(single_scan_listing(b"1 120"), size(1, Some(120)));
    assert_eq!(single_scan_listing(b"120"), size(0, Some(120)));
    assert_eq!(single_scan_listing(b"120 octets"), None);

    for (text, expected) in [
        (&b"3 221409"[..], Some((3, Some(221_409)))),
        (b"0 0", Some((0, Some(0)))),
        (b"7 -1800662", Some((7, None))),
        (b"7 #octets", None),
        (b"seven 1800662", None),
        (b"7", None),
        (b"", None),
    ] {
        assert_eq!(
            drop_listing(text).map(|found| (found.messages, found.octets)),
            expected,
            "{text:?}"
        );
    }

    let unique =
        |number, unique_id| Some(UniqueIdListing { number: MessageNumber::new(number), unique_id });
    for (line, expected) in [
        (&b"1 whqtswO00WBw418f9t5JxYwZ"[..], unique(1, &b"whqtswO00WBw418f9t5JxYwZ"[..])),
        (b"1    a b ", unique(1, b"a b")),
        (b"1 ", unique(1, b"")),
        (b"1", None),
        (b"a 1", None),
        (b"1 a\rb", None),
        (b"1 a\0b", None),
        (b"1 \xff", unique(1, b"\xff")),
    ] {
        assert_eq!(unique_id_listing(line), expected, "{line:?}");
    }
    assert_eq!(single_unique_id_listing(b"2 abc"), unique(2, b"abc"));
    assert_eq!(single_unique_id_listing(b"abc"), unique(0, b"abc"));
    assert_eq!(single_unique_id_listing(b"two words"), None);
    assert_eq!(single_unique_id_listing(b""), None);
}

#[test]
fn capabilities() {
    for (line, expected) in [
        ("TOP", Some("Top")),
        ("top", Some("Top")),
        ("TOP x", Some(r#"Other(b"TOP x")"#)),
        ("EXPIRE never user", Some("Expire { after: Never, per_user: true }")),
        ("EXPIRE 0", Some("Expire { after: Days(0), per_user: false }")),
        ("EXPIRE 0 x", Some(r#"Other(b"EXPIRE 0 x")"#)),
        ("LOGIN-DELAY 900 USER", Some("LoginDelay { seconds: 900, per_user: true }")),
        ("UTF8", Some("Utf8 { user: false }")),
        ("SASL", Some("Sasl([])")),
        ("SASL=LOGIN", Some(r#"Sasl(["LOGIN"])"#)),
        ("SASLX", Some(r#"Other(b"SASLX")"#)),
        ("IMPLEMENTATION a  b", Some(r#"Implementation("a  b")"#)),
        ("  ", None),
        ("", None),
    ] {
        let found = capability(&Bytes::from_static(line.as_bytes()))
            .map(|capability| format!("{capability:?}"));
        assert_eq!(found.as_deref(), expected, "{line}");
    }
}

#[test]
fn languages_and_hints() {
    assert_eq!(lang_listing(b"en English text"), Some((&b"en"[..], Some(&b"English text"[..]))));
    assert_eq!(lang_listing(b"i-default"), Some((&b"i-default"[..], None)));
    assert_eq!(lang_listing(b"??"), None);
    assert_eq!(lang_listing(b""), None);
    assert_eq!(octets_hint(b"120 octets"), Some(120));
    assert_eq!(octets_hint(b"120 Octets follow"), Some(120));
    assert_eq!(octets_hint(b"message 1 (120 octets)"), None);
    assert_eq!(octets_hint(b"-120 octets"), None);
}

#[test]
fn commands_from_clients() {
    let number = |number| MessageNumber::new(number).unwrap();
    for (line, expected) in [
        (&b"capa"[..], Ok(Request::Capa)),
        (b"USER a b", Ok(Request::User("a b"))),
        (b"PASS  a b ", Ok(Request::Pass(b" a b "))),
        (b"PASS ", Ok(Request::Pass(b""))),
        (b"AUTH", Ok(Request::AuthList)),
        (b"AUTH ", Ok(Request::AuthList)),
        (b"auth plain", Ok(Request::Auth { mechanism: "plain", initial_response: None })),
        (b"AUTH PLAIN =", Ok(Request::Auth { mechanism: "PLAIN", initial_response: Some(b"=") })),
        (b"LIST 4294967295", Ok(Request::List(Some(number(u32::MAX))))),
        (b"TOP 1 0", Ok(Request::Top { number: number(1), lines: 0 })),
        (b"LANG", Ok(Request::Lang(None))),
        (b"LANG en", Ok(Request::Lang(Some("en")))),
        (
            b"APOP m r c4c9334bac560ecc979e58001b3e22fb",
            Ok(Request::Apop {
                name: "m r",
                digest: [
                    0xc4, 0xc9, 0x33, 0x4b, 0xac, 0x56, 0x0e, 0xcc, 0x97, 0x9e, 0x58, 0, 0x1b,
                    0x3e, 0x22, 0xfb,
                ],
            }),
        ),
        (b"APOP m xyz", Err(BadCommand::Arguments(CommandKind::Apop))),
        (b"PASS", Err(BadCommand::Arguments(CommandKind::Pass))),
        (b"USER", Err(BadCommand::Arguments(CommandKind::User))),
        (b"USER \xff", Err(BadCommand::Arguments(CommandKind::User))),
        (b"STAT 1", Err(BadCommand::Arguments(CommandKind::Stat))),
        // Not the same as no argument.
        (b"AUTH \xff", Err(BadCommand::Arguments(CommandKind::Auth))),
        (b"LANG \xff", Err(BadCommand::Arguments(CommandKind::Lang))),
        (b"LIST \xff", Err(BadCommand::Arguments(CommandKind::List))),
        (b"TOP 1 \xff", Err(BadCommand::Arguments(CommandKind::Top))),
        (b"RETR", Err(BadCommand::Arguments(CommandKind::Retr))),
        (b"RETR 0", Err(BadCommand::Arguments(CommandKind::Retr))),
        (b"RETR +1", Err(BadCommand::Arguments(CommandKind::Retr))),
        (b"RETR 1 2", Err(BadCommand::Arguments(CommandKind::Retr))),
        (b"TOP 1", Err(BadCommand::Arguments(CommandKind::Top))),
        (b"TOP 1 -1", Err(BadCommand::Arguments(CommandKind::Top))),
        (b"AUTH A B C", Err(BadCommand::Arguments(CommandKind::Auth))),
        (b"LAST", Err(BadCommand::Unknown)),
        (b"", Err(BadCommand::Unknown)),
        (b" CAPA", Err(BadCommand::Unknown)),
        (b"NOOP\nDELE 1", Err(BadCommand::Unknown)),
        (b"NOOP\0", Err(BadCommand::Unknown)),
    ] {
        assert!(command(line) == expected, "{line:?}");
    }
}

#[test]
fn plain_numbers_by_words() {
    for number in [
        0,
        1,
        9,
        10,
        99,
        1_234,
        99_999,
        1_234_567,
        12_345_678,
        99_999_999,
        100_000_000,
        999_999_999_999_999,
    ] {
        for tail in ["", " ", "\r\n", " 123456789", "/", ":", "\u{b0}", "x"] {
            let text = std::format!("{number}{tail}");
            assert_eq!(plain_number(text.as_bytes()), Some((number, tail.as_bytes())), "{text}");
        }
    }
    for text in ["", " 1", "x2345678", "1000000000000000", "/2345678", ":2345678"] {
        assert_eq!(plain_number(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn visible_octets_by_words() {
    for octet in 0..=255_u8 {
        for before in 0..20 {
            for behind in [0, 9] {
                let mut text = std::vec![b'~'; before];
                text.push(octet);
                text.resize(before + 1 + behind, b'!');
                let expected = if octet.is_ascii_graphic() { text.len() } else { before };
                assert_eq!(graphic_octets(&text), expected, "{text:?}");
            }
        }
    }
}
