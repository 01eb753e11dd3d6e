//! MIME trees and parts of messages: what is asked for, how the quirks of real servers are read,
//! and whether both ways to an attachment give the same bytes.

mod mails;

use std::num::NonZeroU32;

use mailclient::{
    Account, Body, Credentials, Error, Feature, Limits, List, Mailbox, MessageId, MimePart, Part,
    Protocol, Structure, Summary,
};

use crate::support::{account, log_in};

async fn opened_at(account: Account, capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    let mut account = account;
    account.preauth = true;
    let text = format!(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] ready
        C: $1 SELECT INBOX
        S: * 9 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    log_in(&text, &account, &Credentials::password("unused")).await.unwrap()
}

/// A session with INBOX open, which has nine messages.
async fn opened(capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    opened_at(account(Protocol::Imap), capabilities, then).await
}

fn id(uid: u32) -> MessageId {
    format!("imap1:14:{uid}:INBOX").parse().unwrap()
}

fn path(text: &str) -> Vec<NonZeroU32> {
    text.split('.').map(|number| number.parse().unwrap()).collect()
}

/// The answer about message 7 on a server that says this.
async fn structure_of(answer: &str) -> mailclient::Result<Structure> {
    let script = format!(
        "C: $1 UID FETCH 7 (UID BODYSTRUCTURE)
        {answer}"
    );
    opened("", &script).await.structure(&id(7)).await
}

/// A part on one line: its path, type and what else is known.
fn line(part: &MimePart) -> String {
    let path: Vec<String> = part.path.iter().map(ToString::to_string).collect();
    let mut line = format!("{} {}", path.join("."), part.media_type);
    let size = part.size.map(|size| size.to_string());
    for (mark, value) in [
        ("name", &part.name),
        ("in", &part.encoding),
        ("as", &part.disposition),
        ("id", &part.content_id),
        ("about", &part.description),
        ("size", &size),
    ] {
        line += &value.as_ref().map_or(String::new(), |value| format!(" {mark}={value}"));
    }
    line
}

fn lines(structure: &Structure) -> Vec<String> {
    structure.parts.iter().map(line).collect()
}

/// Structures as servers send them, with the parts that are read of each; the parts that are shown
/// as text and HTML, and those that are files.
const QUIRKS: [(&str, &[&str], [&str; 3]); 14] = [
    // Exchange: a bare string in place of the list of a disposition.
    (
        r#"("text" "html" ("charset" "utf-8") NIL NIL "base64" 920 12 NIL "inline" NIL NIL)"#,
        &["1 text/html in=base64 as=inline size=920"],
        ["", "1", ""],
    ),
    (
        r#"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1 NIL (NIL NIL) NIL NIL)"#,
        &["1 text/plain in=7bit size=4"],
        ["1", "", ""],
    ),
    (
        r#"("image" "png" ("name" "a.png") "<i1@example.org>" "a.png" "base64" 4096 NIL ("inline" NIL) NIL NIL)"#,
        &["1 image/png name=a.png in=base64 as=inline id=i1@example.org about=a.png size=4096"],
        ["", "", ""],
    ),
    // Exchange: a description where a multipart has its disposition.
    (
        r#"(("text" "plain" NIL NIL NIL "7bit" 4 1 NIL NIL NIL NIL)("application" "pkcs7-mime" ("name" "smime.p7m") NIL NIL "base64" 3000 NIL ("attachment" ("filename" "smime.p7m")) NIL NIL) "mixed" ("boundary" "b1") "S/MIME Encrypted Message" NIL)"#,
        &[
            " multipart/mixed as=s/mime encrypted message",
            "1 text/plain in=7bit size=4",
            "2 application/pkcs7-mime name=smime.p7m in=base64 as=attachment size=3000",
        ],
        ["1", "", "2"],
    ),
    // Exchange: a part without any value; an encoding without quotes, and one with a space.
    (
        r#"(NIL NIL NIL NIL NIL "7BIT" 0 NIL (NIL NIL) NIL NIL)"#,
        &["1 text/plain in=7bit size=0"],
        ["1", "", ""],
    ),
    (
        r#"("text" "plain" ("charset" NIL "format" "flowed") NIL NIL quoted-printable 30 2 NIL NIL NIL NIL)"#,
        &["1 text/plain in=quoted-printable size=30"],
        ["1", "", ""],
    ),
    (
        r#"("text" "plain" NIL NIL NIL "quoted-printable " 30 2 NIL NIL NIL NIL)"#,
        &["1 text/plain in=quoted-printable size=30"],
        ["1", "", ""],
    ),
    // Exchange: a size of -1. Several: no encoding.
    (
        r#"("application" "octet-stream" NIL NIL NIL NIL -1 NIL NIL NIL NIL)"#,
        &["1 application/octet-stream in=7bit"],
        ["", "", "1"],
    ),
    // Gmail and Yandex: a multipart without parts.
    (
        r#"(("ALTERNATIVE" ("BOUNDARY" "same") NIL NIL)("APPLICATION" "PDF" ("NAME" "a.pdf") NIL NIL "BASE64" 40 NIL NIL NIL) "MIXED" ("BOUNDARY" "same") NIL NIL)"#,
        &[
            " multipart/mixed",
            "1 multipart/alternative",
            "2 application/pdf name=a.pdf in=base64 size=40",
        ],
        ["", "", "2"],
    ),
    // Dovecot: NIL in place of the parts.
    (r#"(NIL "alternative" ("boundary" "x") NIL NIL)"#, &[" multipart/alternative"], ["", "", ""]),
    // mail.ru: a size as a decimal fraction, which is no size.
    (
        r#"("application" "zip" ("name" "a.zip") NIL NIL "base64" 9.3736e+06 NIL ("attachment" ("filename" "a.zip")) NIL NIL)"#,
        &["1 application/zip name=a.zip in=base64 as=attachment"],
        ["", "", "1"],
    ),
    // Courier and Cyrus: names in the form of RFC 2231, as sent.
    (
        r#"("APPLICATION" "PDF" ("NAME" "=?utf-8?q?gr=C3=BCn.pdf?=") NIL "=?iso-8859-1?q?gr=FCn?=" "BASE64" 8 NIL ("ATTACHMENT" ("FILENAME*0*" "utf-8''gr%C3%BC" "FILENAME*1*" "n%20.pdf")))"#,
        &["1 application/pdf name=gr\u{fc}n .pdf in=base64 as=attachment about=gr\u{fc}n size=8"],
        ["", "", "1"],
    ),
    // An enclosed message: its parts are numbered below it, and the multipart has no number.
    (
        r#"(("text" "plain" NIL NIL NIL "7bit" 4 1)("message" "rfc822" NIL NIL NIL "7bit" 400 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) (("text" "plain" NIL NIL NIL "7bit" 4 1)("text" "html" NIL NIL NIL "7bit" 9 1) "alternative" ("boundary" "i")) 20)("message" "rfc822" NIL NIL NIL "7bit" 40 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 4 1) 2) "mixed" ("boundary" "o"))"#,
        &[
            " multipart/mixed",
            "1 text/plain in=7bit size=4",
            "2 message/rfc822 in=7bit size=400",
            " multipart/alternative",
            "2.1 text/plain in=7bit size=4",
            "2.2 text/html in=7bit size=9",
            "3 message/rfc822 in=7bit size=40",
            "3.1 text/plain in=7bit size=4",
        ],
        ["1", "", "2 3"],
    ),
    // A message without its envelope.
    (
        r#"("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 12 NIL ("attachment" ("filename" "fwd.eml")) NIL NIL)"#,
        &["1 message/rfc822 name=fwd.eml in=7bit as=attachment size=12"],
        ["", "", "1"],
    ),
];

#[tokio::test(start_paused = true)]
async fn structures_of_real_servers_are_read() {
    for (wire, parts, [text, html, files]) in QUIRKS {
        let answer = format!("S: * 3 FETCH (BODYSTRUCTURE {wire} UID 7)\nS: $1 OK done");
        let structure = structure_of(&answer).await.unwrap();
        assert_eq!(lines(&structure), parts, "{wire}");
        let number = |part: &MimePart| {
            part.path.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
        };
        assert_eq!(structure.text().map(number).unwrap_or_default(), text, "{wire}");
        assert_eq!(structure.html().map(number).unwrap_or_default(), html, "{wire}");
        let found = structure.attachments().into_iter().filter(|part| part.is_attachment());
        assert_eq!(found.map(number).collect::<Vec<_>>().join(" "), files, "{wire}");
        assert_eq!(structure.has_attachments(), !files.is_empty(), "{wire}");
    }
}

#[tokio::test(start_paused = true)]
async fn parameters_of_a_part_are_told() {
    let answer = r#"S: * 3 FETCH (UID 7 BODYSTRUCTURE ("TEXT" "Calendar" ("CHARSET" "UTF-8 (x)" "Method" "REQUEST" "x*" "utf-8''%C3%BC" "Empty" NIL) NIL NIL "8bit" 4 1))
        S: $1 OK done"#;
    let structure = structure_of(answer).await.unwrap();
    let part = &structure.parts[0];
    assert_eq!((part.charset(), part.parameter("method")), (Some("UTF-8"), Some("REQUEST")));
    assert_eq!((part.parameter("x"), part.parameter("empty")), (Some("\u{fc}"), None));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_structure_is_an_error() {
    let kind = |found: mailclient::Result<Structure>| match found {
        Ok(structure) => format!("{} parts", structure.parts.len()),
        Err(Error::Damaged(damage)) => format!("damaged {:?}: {damage}", damage.id),
        Err(Error::NoSuchMessage(_)) => "gone".into(),
        Err(Error::Refused(_)) => "refused".into(),
        Err(other) => format!("{other:?}"),
    };
    const TEXT: &str = r#"("text" "plain" NIL NIL NIL "7bit" 4 1)"#;
    let ask = "C: $2 UID FETCH 7 (UID FLAGS)";
    for (answer, expected) in [
        ("S: * 3 FETCH (UID 7 BODYSTRUCTURE (((\nS: $1 OK done".to_owned(), "damaged"),
        ("S: * 3 FETCH (UID 7 BODYSTRUCTURE 5)\nS: $1 OK done".to_owned(), "damaged"),
        (format!("S: $1 OK done\n{ask}\nS: $2 OK done"), "gone"),
        (
            format!(
                "S: * 3 FETCH (UID 7)\nS: $1 OK done\n{ask}\nS: * 3 FETCH (UID 7 FLAGS ())\nS: $2 OK done"
            ),
            "damaged",
        ),
        ("S: $1 NO later".to_owned(), "refused"),
        // The structure of another message, and a change of flags.
        (
            format!(
                "S: * 4 FETCH (UID 8 BODYSTRUCTURE {TEXT})\nS: * 3 FETCH (FLAGS (\\Seen) UID 7)\nS: $1 OK done\n{ask}\nS: $2 OK done"
            ),
            "gone",
        ),
        (
            format!(
                "S: * 3 FETCH (UID 7 BODYSTRUCTURE {TEXT})\nS: * 3 FETCH (UID 7 BODYSTRUCTURE 5)\nS: $1 OK done"
            ),
            "1 parts",
        ),
    ] {
        let found = kind(structure_of(&answer).await);
        assert!(found.starts_with(expected), "{answer}: {found}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_structure_of_a_marked_message_is_not_asked_for() {
    let mut mailbox = opened("UIDPLUS", "").await;
    mailbox.delete(&id(7).into()).unwrap();
    assert!(matches!(mailbox.structure(&id(7)).await, Err(Error::NoSuchMessage(_))));
    let other = "imap1:14:7:Archive".parse().unwrap();
    assert!(matches!(mailbox.structure(&other).await, Err(Error::OtherFolder { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_structure_is_bounded() {
    let mut account = account(Protocol::Imap);
    account.limits = Limits::default();
    account.limits.structure = 20_000;
    let structure = |parts: usize| {
        let part = r#"("text" "plain" NIL NIL NIL "7bit" 4 1)"#;
        format!(r#"({} "mixed")"#, part.repeat(parts))
    };
    let script = format!(
        "C: $1 UID FETCH 7 (UID BODYSTRUCTURE)
        S: * 3 FETCH (UID 7 BODYSTRUCTURE {})
        S: $1 OK done
        C: $2 UID FETCH 8 (UID BODYSTRUCTURE)
        S: * 4 FETCH (UID 8 BODYSTRUCTURE {})
        S: $2 OK done
        C: $3 UID FETCH 7:8 (UID FLAGS INTERNALDATE RFC822.SIZE BODYSTRUCTURE)
        S: * 3 FETCH (UID 7 BODYSTRUCTURE {})
        S: * 4 FETCH (UID 8 BODYSTRUCTURE {})
        S: $3 OK done",
        structure(20),
        structure(200),
        structure(20),
        structure(200),
    );
    let mut mailbox = opened_at(account, "", &script).await;
    assert_eq!(mailbox.structure(&id(7)).await.unwrap().parts.len(), 21);
    assert!(matches!(mailbox.structure(&id(8)).await, Err(Error::Damaged(_))));
    let request = List::ids([id(7), id(8)].into_iter().collect()).with_structure();
    let mut rows = mailbox.list(&request).await.unwrap();
    // The one that is too large comes before the one of which other fields are missing.
    let Some(Err(Error::Damaged(damage))) = rows.next().await else { panic!("no damaged row") };
    assert_eq!(damage.id, Some(id(8)));
    assert_eq!(rows.next().await.unwrap().unwrap().id, id(7));
}

const FIELDS: &str =
    "DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES";

#[tokio::test(start_paused = true)]
async fn a_listing_tells_structures_with_envelopes_in_one_round_trip() {
    let script = format!(
        r#"C: $1 FETCH 8:9 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({FIELDS})] BODYSTRUCTURE)
        S: * 9 FETCH (UID 90 FLAGS () INTERNALDATE " 1-Dec-2026 09:00:00 +0000" RFC822.SIZE 4 BODY[HEADER.FIELDS ({FIELDS})] "Subject: b" BODYSTRUCTURE (("text" "plain" NIL NIL NIL "7bit" 4 1)("application" "pdf" NIL NIL NIL "base64" 4) "mixed"))
        S: * 8 FETCH (UID 80 FLAGS () INTERNALDATE " 1-Dec-2026 09:00:00 +0000" RFC822.SIZE 4 BODY[HEADER.FIELDS ({FIELDS})] "Subject: a" BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 4 1))
        S: $1 OK done"#
    );
    let mut mailbox = opened("", &script).await;
    let request = List::newest(2).with_envelopes().with_structure().newest_first();
    let rows = mailbox.list(&request).await.unwrap().collect(10).await.unwrap();
    let shown = rows.iter().map(|Summary { id, envelope, structure, .. }| {
        let subject = envelope.as_ref().unwrap().subject.clone().unwrap();
        format!("{id} {subject} {}", structure.as_ref().unwrap().has_attachments())
    });
    let shown: Vec<String> = shown.collect();
    assert_eq!(shown, ["imap1:14:90:INBOX b true", "imap1:14:80:INBOX a false"]);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_structure_costs_its_row() {
    let script = r#"C: $1 FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODYSTRUCTURE)
        S: * 1 FETCH (UID 10 FLAGS () BODYSTRUCTURE (((5) INTERNALDATE NIL RFC822.SIZE 4)
        S: * 2 FETCH (UID 20 FLAGS () BODYSTRUCTURE 5 RFC822.SIZE 4)
        S: * 3 FETCH (UID 30 FLAGS () RFC822.SIZE 4)
        S: * 3 FETCH (UID 30 BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 4 1) INTERNALDATE " 1-Dec-2026 09:00:00 +0000")
        S: * 4 FETCH (UID 40 FLAGS () RFC822.SIZE 4 INTERNALDATE " 1-Dec-2026 09:00:00 +0000")
        S: $1 OK done"#;
    let mut mailbox = opened("", script).await;
    let request = List::all().with_structure();
    let mut rows = mailbox.list(&request).await.unwrap();
    let mut told = Vec::new();
    while let Some(row) = rows.next().await {
        told.push(match row {
            Ok(row) => format!("{} {}", row.id, row.structure.map_or(0, |tree| tree.parts.len())),
            Err(Error::Damaged(damage)) => {
                format!("damaged {:?}", damage.id.map(|id| id.to_string()))
            }
            Err(error) => format!("{error:?}"),
        });
    }
    // Message 40 has none, which is no damage: its row tells `None`.
    let damaged = |told: &&String| told.starts_with("damaged");
    assert_eq!(told.iter().filter(damaged).count(), 2, "{told:?}");
    assert!(told.contains(&"imap1:14:30:INBOX 1".to_owned()), "{told:?}");
    assert!(told.contains(&"imap1:14:40:INBOX 0".to_owned()), "{told:?}");
}

/// The bytes of a part of message 7 on a server with these capabilities that says this, or why
/// there are none.
async fn read(capabilities: &str, part: &Part, script: &str) -> String {
    let mut mailbox = opened(capabilities, script).await;
    let body = match mailbox.fetch(&id(7), part).await {
        Ok(body) => Body::collect(body, 1 << 20).await,
        Err(error) => Err(error),
    };
    match body {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(Error::NoSuchPart(_)) => "no such part".into(),
        Err(Error::Damaged(damage)) => format!("damaged: {damage}"),
        Err(error) => format!("{error:?}"),
    }
}

/// What a decoded part is asked for with, on a server without BINARY.
const ASK: &str = "C: $1 UID FETCH 7 (UID RFC822.SIZE BODYSTRUCTURE)
        C: $2 UID FETCH 7 (UID BODY.PEEK[2])";

fn sizes(encoding: &str) -> String {
    format!(
        r#"S: * 3 FETCH (UID 7 RFC822.SIZE 900 BODYSTRUCTURE (("text" "plain" NIL NIL NIL "7bit" 4 1)("application" "pdf" NIL NIL NIL "{encoding}" 8) "mixed"))
        S: $1 OK done"#
    )
}

#[tokio::test(start_paused = true)]
async fn a_part_is_decoded_here_in_one_round_trip() {
    let part = Part::decoded_section(path("2"));
    for (encoding, wire, decoded) in [
        ("base64", "aGVs\nS: bG8=", "hello"),
        ("BASE64 ", "aGVs\nS: bG8=", "hello"),
        ("quoted-printable", "a=3D=\nS: b=", "a=b="),
        ("7bit", "a=3D=\nS: b=", "a=3D=\r\nb="),
        ("x-uuencode", "a=3D=\nS: b=", "a=3D=\r\nb="),
    ] {
        let length = wire.len() - "\nS: ".len() + 2;
        let body = format!("S: * 3 FETCH (BODY[2] {{{length}}}\nS: {wire} UID 7)\nS: $2 OK done");
        let script = format!("{ASK}\n{}\n{body}", sizes(encoding));
        assert_eq!(read("", &part, &script).await, decoded, "{encoding}");
        let script = format!(
            "{ASK}\n{}\nS: * 3 FETCH (UID 7 BODY[2] \"YWI\")\nS: $2 OK done",
            sizes(encoding)
        );
        let inline =
            if encoding.trim() == "base64" || encoding == "BASE64 " { "ab" } else { "YWI" };
        assert_eq!(read("", &part, &script).await, inline, "{encoding}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_before_its_encoding_is_asked_for_again() {
    for body in ["{4}\nS: YWJj", "\"YWJj\""] {
        let script = format!(
            "{ASK}
            S: * 3 FETCH (UID 7 BODY[2] {body})
            S: $2 OK done
            {}
            {ASK}
            {}
            S: * 3 FETCH (UID 7 BODY[2] {body})
            S: $2 OK done",
            sizes("base64"),
            sizes("base64"),
        );
        assert_eq!(read("", &Part::decoded_section(path("2")), &script).await, "abc", "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_does_not_exist_is_known_from_the_structure() {
    let script = format!(
        "C: $1 UID FETCH 7 (UID RFC822.SIZE BODYSTRUCTURE)
        C: $2 UID FETCH 7 (UID BODY.PEEK[2.1])
        {}
        S: * 3 FETCH (UID 7 BODY[2.1] {{0}}
        S: )
        S: $2 OK done",
        sizes("base64"),
    );
    let part = Part::decoded_section(path("2.1"));
    assert_eq!(read("", &part, &script).await, "no such part");
    let unreadable = "C: $1 UID FETCH 7 (UID RFC822.SIZE BODYSTRUCTURE)
        C: $2 UID FETCH 7 (UID BODY.PEEK[2])
        S: * 3 FETCH (UID 7 RFC822.SIZE 900 BODYSTRUCTURE 5)
        S: $1 OK done
        S: * 3 FETCH (UID 7 BODY[2] \"YWI\")
        S: $2 OK done";
    let told = read("", &Part::decoded_section(path("2")), unreadable).await;
    assert!(told.starts_with("damaged: "), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_server_with_binary_decodes_and_what_it_cannot_is_decoded_here() {
    let ask = "C: $1 UID FETCH 7 (UID RFC822.SIZE BODYSTRUCTURE)
        C: $2 UID FETCH 7 (UID BINARY.PEEK[2])";
    let part = Part::decoded_section(path("2"));
    let script = format!(
        "{ask}
        {}
        S: * 3 FETCH (UID 7 BINARY[2] ~{{4}}
        S: YWJj)
        S: $2 OK done",
        sizes("base64"),
    );
    assert_eq!(read("BINARY", &part, &script).await, "YWJj", "it is decoded already");
    // A server need not describe what it decodes.
    let script = "C: $1 UID FETCH 7 (UID RFC822.SIZE BODYSTRUCTURE)
        C: $2 UID FETCH 7 (UID BINARY.PEEK[2])
        S: * 3 FETCH (UID 7 RFC822.SIZE 900 BODYSTRUCTURE 5)
        S: $1 OK done
        S: * 3 FETCH (UID 7 BINARY[2] \"abc\")
        S: $2 OK done";
    assert_eq!(read("BINARY", &part, script).await, "abc");
    for early in [false, true] {
        let refusal = "S: $2 NO [UNKNOWN-CTE] not today";
        let (first, second) = match early {
            true => (refusal.to_owned(), sizes("base64")),
            false => (sizes("base64"), refusal.to_owned()),
        };
        let script = format!(
            "{ask}
            {first}
            {second}
            {ASK}
            {}
            S: * 3 FETCH (UID 7 BODY[2] {{4}}
            S: YWJj)
            S: $2 OK done",
            sizes("base64"),
        );
        assert_eq!(read("BINARY", &part, &script).await, "abc", "{early}");
    }
}

#[tokio::test(start_paused = true)]
async fn headers_of_parts_are_asked_for() {
    for (part, item) in [
        (Part::mime_headers(path("2.1")), "BODY[2.1.MIME]"),
        (Part::enclosed_headers(path("2")), "BODY[2.HEADER]"),
    ] {
        let asked = item.replace("BODY", "BODY.PEEK");
        for (answer, told) in [("\"a: b\"", "a: b"), ("NIL", "no such part")] {
            let script = format!(
                "C: $1 UID FETCH 7 (UID RFC822.SIZE)
                C: $2 UID FETCH 7 (UID {asked})
                S: * 3 FETCH (UID 7 RFC822.SIZE 900)
                S: $1 OK done
                S: * 3 FETCH (UID 7 {item} {answer})
                S: $2 OK done"
            );
            assert_eq!(read("", &part, &script).await, told, "{item}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_range_is_what_was_asked_for_or_an_error() {
    const OTHER: &str = "damaged: ";
    for (bytes, answer, told) in [
        (4..8, "BODY[]<4> \"efgh\"", "efgh"),
        (4..8, "BODY[]<4> \"ef\"", "ef"),
        (4..8, "BODY[]<4> \"\"", ""),
        (4..8, "BODY[]<4> {4}\nS: efgh", "efgh"),
        (0..4, "BODY[] \"abcd\"", "abcd"),
        // Another place, no place, and the whole message.
        (4..8, "BODY[]<0> \"abcd\"", OTHER),
        (4..8, "BODY[]<8> \"ijkl\"", OTHER),
        (4..8, "BODY[] {4}\nS: abcd", OTHER),
        (0..4, "BODY[] {8}\nS: abcdefgh", OTHER),
        (4..8, "BODY[]<4> {6}\nS: efghij", OTHER),
    ] {
        let (first, count) = (bytes.start, bytes.end - bytes.start);
        let script = format!(
            "C: $1 UID FETCH 7 (UID RFC822.SIZE)
            C: $2 UID FETCH 7 (UID BODY.PEEK[]<{first}.{count}>)
            S: * 3 FETCH (UID 7 RFC822.SIZE 900)
            S: $1 OK done
            S: * 3 FETCH (UID 7 {answer})
            S: $2 OK done"
        );
        let found = read("", &Part::Whole.range(bytes), &script).await;
        let is_right = if told == OTHER { found.starts_with(OTHER) } else { found == told };
        assert!(is_right, "{answer}: {found}");
    }
    let missing = "C: $1 UID FETCH 7 (UID RFC822.SIZE)
        C: $2 UID FETCH 7 (UID BODY.PEEK[2]<0.9>)
        S: * 3 FETCH (UID 7 RFC822.SIZE 900)
        S: $1 OK done
        S: * 3 FETCH (UID 7 BODY[2]<0> NIL)
        S: $2 OK done";
    let range = Part::section(path("2")).range(0..9);
    assert_eq!(read("", &range, missing).await, "no such part");
}

#[tokio::test(start_paused = true)]
async fn parts_that_cannot_be_asked_for_are_misuse() {
    let mut mailbox = opened("BINARY", "").await;
    let none: Vec<NonZeroU32> = Vec::new();
    for part in [
        Part::section(none.clone()),
        Part::decoded_section(none.clone()),
        Part::mime_headers(none),
        Part::decoded_section(path("2")).range(0..9),
        Part::Whole.range(0..9).range(0..9),
        Part::Whole.range(9..9),
        Part::Fields(Vec::new()),
    ] {
        let found = mailbox.fetch(&id(7), &part).await.err();
        assert!(matches!(found, Some(Error::Misuse(_))), "{part:?}: {found:?}");
    }
    let has = mailbox.features();
    assert!(has.contains(Feature::Structure) && has.contains(Feature::Decoding));
}
