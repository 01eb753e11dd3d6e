use alloc::format;

use super::*;

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
