//! FETCH and UID FETCH of everything but bodies.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, Flag, SeqNumber, SequenceSet, Uid, UidSet,
    body_structure::{BodyStructure, Part, PartKind},
    command::{FetchItem, FetchModifiers},
    envelope::{Address, AddressKind, AddressList},
    response::FetchAttribute,
    section::PartNumber,
    string::IString,
};

use super::{
    check::Check,
    messages::{self, INNER_BODY, INNER_HEADER},
    server::{Kind, Server},
    session::{Outcome, Session},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "FETCH (UID FLAGS INTERNALDATE RFC822.SIZE)", run: basics },
    Check { row: "FETCH (ENVELOPE)", run: envelope },
    Check { row: "FETCH (BODY BODYSTRUCTURE)", run: structure },
];

/// `FETCH` of one message.
pub(crate) fn fetch(seq: u32, items: Vec<FetchItem<'static>>) -> Command<'static> {
    Command::Fetch {
        messages: SequenceSet::one(SeqNumber::new(seq).unwrap()).into(),
        items: Cow::Owned(items),
        modifiers: FetchModifiers::default(),
    }
}

/// `UID FETCH` of all.
pub(crate) fn fetch_all(items: Vec<FetchItem<'static>>) -> Command<'static> {
    Command::Fetch {
        messages: UidSet::all().into(),
        items: Cow::Owned(items),
        modifiers: FetchModifiers::default(),
    }
}

/// The UIDs of a mailbox, in order.
pub(crate) fn uids(session: &mut Session) -> Vec<Uid> {
    let answer = session.run(&fetch_all(vec![FetchItem::Uid])).unwrap().ok();
    answer.fetches().map(|fetch| fetch.uid().unwrap()).collect()
}

pub(crate) fn part(number: &str) -> PartNumber<'static> {
    number.parse().unwrap()
}

/// A session in a mailbox that holds the rich message.
pub(crate) fn rich(server: &Server) -> (Session, Vec<u8>) {
    let given = messages::rich();
    let octets = given.octets.clone();
    let (session, _) = server.open(&[given]);
    (session, octets)
}

fn basics(server: &Server) -> Outcome {
    let (mut session, octets) = rich(server);
    let items =
        vec![FetchItem::Uid, FetchItem::Flags, FetchItem::InternalDate, FetchItem::Rfc822Size];
    let answer = session.run(&fetch(1, items))?.ok();
    let fetch = answer.fetch();
    assert_eq!(fetch.iter().count(), 4, "{fetch:?}");
    assert!(fetch.uid().is_some());
    assert!(fetch.flags().unwrap().contains(&Flag::Flagged));
    assert!(!fetch.flags().unwrap().seen());
    let size = answer.attribute(|attribute| match attribute {
        FetchAttribute::Rfc822Size(size) => Some(size),
        _ => None,
    });
    let date = answer.attribute(|attribute| match attribute {
        FetchAttribute::InternalDate(date) => date.date_time(),
        _ => None,
    });
    assert_eq!(size, octets.len() as u64);
    assert_eq!(date.unix_timestamp(), messages::rich().date.unix_timestamp());
    Ok(())
}

fn text(value: &Option<IString<'_>>) -> Option<String> {
    value.as_ref().map(|value| value.to_str_lossy().into_owned())
}

/// An address as `name <mailbox@host>`; groups as `name:` and `;`.
fn shown(address: &Address<'_>) -> String {
    // pymap says "" for no name.
    let name = text(&address.name).filter(|name| !name.is_empty());
    let name = name.map_or(String::new(), |name| format!("{name} "));
    let mailbox = text(&address.mailbox).unwrap_or_default();
    let host = text(&address.host).unwrap_or_default();
    match address.kind() {
        AddressKind::GroupStart => format!("{mailbox}:"),
        AddressKind::GroupEnd => ";".into(),
        _ => format!("{name}<{mailbox}@{host}>"),
    }
}

fn all(list: &AddressList<'_>) -> Vec<String> {
    list.iter().map(|address| shown(&address)).collect()
}

fn envelope(server: &Server) -> Outcome {
    let (mut session, _) = rich(server);
    let answer = session.run(&fetch(1, vec![FetchItem::Envelope]))?.ok();
    answer.attribute(|attribute| match attribute {
        FetchAttribute::Envelope(envelope) => {
            let date = text(&envelope.date()).unwrap();
            // RFC 9051 section 7.5.2 wants the field unchanged; pymap writes it as an INTERNALDATE.
            let expected = match server.kind {
                Kind::Pymap => "07-Feb-2023 15:16:17 +0130",
                _ => "Tue, 07 Feb 2023 15:16:17 +0130",
            };
            assert_eq!(date, expected);
            let subject = text(&envelope.subject()).unwrap();
            assert_eq!(subject, "A \"quoted\" \\ subject {12}");
            assert_eq!(all(&envelope.from()), ["Doe, Jane \"JD\" <jane@example.org>"]);
            assert_eq!(all(&envelope.sender()), ["<secretary@example.org>"]);
            assert_eq!(
                all(&envelope.reply_to()),
                ["<replies@example.org>", "Second <second@example.org>"]
            );
            let (group, end): (&[&str], &[&str]) = match server.kind {
                // These two leave out the marks of a group.
                Kind::Pymap | Kind::Mailutils => (&[], &[]),
                _ => (&["Friends:"], &[";"]),
            };
            let members = ["<one@example.org>", "Two <two@example.org>"];
            let to = [group, &members[..], end, &["<alone@example.net>"]].concat();
            assert_eq!(all(&envelope.to()), to);
            // The encoded word comes unchanged; pymap decodes it and sends 8-bit bytes in quotes.
            let name = match server.kind {
                Kind::Pymap => "J\u{fc}rgen",
                _ => "=?UTF-8?Q?J=C3=BCrgen?=",
            };
            assert_eq!(all(&envelope.cc()), [format!("{name} <juergen@example.org>")]);
            assert_eq!(all(&envelope.bcc()), ["<blind@example.org>"]);
            assert_eq!(text(&envelope.in_reply_to()).unwrap(), "<before@example.org>");
            assert_eq!(text(&envelope.message_id()).unwrap(), "<rich@example.org>");
            Some(())
        }
        _ => None,
    });
    Ok(())
}

/// A part in one line: its number, type and what else is told without extensions.
fn line(server: &Server, part: Part<'_>) -> String {
    let number = part.number().map_or(String::new(), |number| number.to_string());
    let kind = format!("{}/{}", part.media_type().to_str_lossy(), part.subtype().to_str_lossy());
    let mut line = format!("{number} {}", kind.to_lowercase());
    if part.kind() != PartKind::Multipart {
        let encoding = text(&part.encoding()).unwrap_or_default();
        line.push_str(&format!(" {}", encoding.to_lowercase()));
        // pymap counts the MIME header of a part as well.
        if server.kind != Kind::Pymap {
            line.push_str(&format!(" {}", part.octets().unwrap()));
        }
    }
    if let Some(lines) = part.lines()
        && server.kind != Kind::Pymap
    {
        line.push_str(&format!(" lines {lines}"));
    }
    line
}

fn structure(server: &Server) -> Outcome {
    let (mut session, _) = rich(server);
    let answer = session.run(&fetch(1, vec![FetchItem::Body, FetchItem::BodyStructure]))?.ok();
    let inner = INNER_HEADER.len() + INNER_BODY.len();
    let plain = "Caf=C3=A9 says hello=\r\n to you.".len();
    let mut expected = vec![
        " multipart/mixed".to_owned(),
        "1 multipart/alternative".to_owned(),
        format!("1.1 text/plain quoted-printable {plain} lines 1"),
        "1.2 text/html 7bit 12 lines 0".to_owned(),
        "2 application/octet-stream base64 24".to_owned(),
        format!("3 message/rfc822 7bit {inner} lines 8"),
        "3.1 text/plain 7bit 43 lines 2".to_owned(),
    ];
    if server.kind == Kind::Pymap {
        for line in &mut expected {
            let words: Vec<&str> = line.split(' ').take(3).collect();
            *line = words.join(" ");
        }
    }
    let lines = |body: &BodyStructure<'_>| -> Vec<String> {
        body.parts().map(|part| line(server, part)).collect()
    };
    answer.attribute(|attribute| match attribute {
        FetchAttribute::Body(body) => {
            assert_eq!(lines(&body), expected);
            Some(())
        }
        _ => None,
    });
    answer.attribute(|attribute| match attribute {
        FetchAttribute::BodyStructure(body) => {
            assert_eq!(lines(&body), expected);
            extensions(server, &body);
            Some(())
        }
        _ => None,
    });
    Ok(())
}

/// What BODYSTRUCTURE tells and BODY does not.
fn extensions(server: &Server, body: &BodyStructure<'_>) {
    let of = |number: &str| body.part(&part(number)).unwrap();
    let text = |value: Option<IString<'_>>| value.map(|value| value.to_str_lossy().into_owned());
    assert_eq!(text(body.root().parameter("boundary")).unwrap(), "outer (1)");
    assert_eq!(text(of("1.1").parameter("charset")).unwrap(), "utf-8");
    let attachment = of("2");
    assert_eq!(text(attachment.parameter("name")).unwrap(), "data.bin");
    assert_eq!(text(attachment.id()).unwrap(), "<part2@example.org>");
    assert_eq!(text(attachment.description()).unwrap(), "some data");
    let disposition = attachment.disposition().unwrap();
    let languages: Vec<String> =
        of("1.1").languages().iter().map(|one| one.to_str_lossy().to_lowercase()).collect();
    if server.kind == Kind::Pymap {
        // It writes the whole field where a list with its parameters is due.
        assert!(disposition.kind.to_str_lossy().starts_with("attachment; filename="));
        assert_eq!(text(attachment.file_name()).unwrap(), "data.bin");
    } else {
        assert!(disposition.kind.eq_ignore_ascii_case("attachment"));
        assert_eq!(disposition.parameters.iter().count(), 2);
        assert_eq!(text(attachment.file_name()).unwrap(), "the data.bin");
        assert_eq!(text(attachment.md5()).unwrap(), "Q2hlY2sgSW50ZWdyaXR5IQ==");
    }
    // Cyrus writes them in capitals; two servers take the field for one language.
    let expected: &[&str] = match server.kind {
        Kind::Dovecot | Kind::Cyrus => &["en", "de"],
        Kind::Pymap | Kind::Mailutils => &["en, de"],
    };
    assert_eq!(languages, expected);
    let envelope = of("3").envelope().unwrap();
    assert_eq!(text(envelope.subject()).unwrap(), "Inside");
    assert_eq!(all(&envelope.from()), ["Inner, Person <inner@example.com>"]);
}
