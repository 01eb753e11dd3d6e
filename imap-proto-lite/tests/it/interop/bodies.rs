//! The bytes of messages and of parts of them: FETCH with sections.

use std::{borrow::Cow, num::NonZeroU32};

use imap_proto_lite::{
    Command, CommandKind, HeaderName, Uid, UidSet,
    client::Event,
    command::{FetchItem, FetchModifiers},
    section::{HeaderNames, Partial, Section, SectionText},
};

use super::{
    answer::Answer,
    check::Check,
    fetching::{fetch, fetch_all, part, rich, uids},
    messages::{self, INNER_BODY, INNER_HEADER},
    server::{Kind, Server},
    session::Outcome,
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "FETCH (BODY.PEEK[section])", run: sections },
    Check { row: "FETCH (BODY.PEEK[]<partial>)", run: partial },
    Check { row: "FETCH (RFC822 RFC822.HEADER RFC822.TEXT)", run: rfc822 },
    Check { row: "FETCH (BODY[]) sets \\Seen, BODY.PEEK[] does not", run: seen },
    Check { row: "FETCH of many, bodies among other items", run: many },
    Check { row: "FETCH, pipelined; a body that nobody wants", run: pipelined },
    Check { row: "UID FETCH of what is not there", run: nothing },
];

fn of_part(number: &str, text: SectionText<'static>) -> Section<'static> {
    Section { part: Some(part(number)), text: Some(text) }
}

fn sections(server: &Server) -> Outcome {
    let (mut session, octets) = rich(server);
    let whole = String::from_utf8(octets).unwrap();
    let header_end = whole.find("\r\n\r\n").unwrap() + 4;
    let (header, body) = whole.split_at(header_end);
    let mime = |start: &str| {
        let from = whole.find(start).unwrap();
        let to = from + whole[from..].find("\r\n\r\n").unwrap() + 4;
        whole[from..to].to_owned()
    };
    let names = |names: &[&'static str]| {
        HeaderNames::new(names.iter().map(|name| HeaderName::new(*name).unwrap()))
    };
    let inner = format!("{INNER_HEADER}{INNER_BODY}");
    let alternative = {
        let from = whole.find("--inner\r\n").unwrap();
        let to = whole.find("--inner--\r\n").unwrap() + "--inner--\r\n".len();
        whole[from..to].to_owned()
    };
    let wanted: Vec<(Section<'static>, String)> = vec![
        (Section::full(), whole.clone()),
        (Section::header(), header.into()),
        (Section::text(), body.into()),
        (
            Section::header_fields(&names(&["SUBJECT", "message-id", "X-Missing"])),
            "Subject: A \"quoted\" \\ subject {12}\r\nMessage-ID: <rich@example.org>\r\n\r\n"
                .into(),
        ),
        (
            Section {
                part: None,
                text: Some(SectionText::HeaderFieldsNot(names(&[
                    "Date",
                    "From",
                    "Sender",
                    "Reply-To",
                    "To",
                    "Cc",
                    "Bcc",
                    "Subject",
                    "Message-ID",
                    "In-Reply-To",
                    "Content-Type",
                ]))),
            },
            "MIME-Version: 1.0\r\n\r\n".into(),
        ),
        (Section::part(part("1")), alternative),
        (Section::part(part("1.1")), "Caf=C3=A9 says hello=\r\n to you.".into()),
        (Section::part(part("1.2")), "<p>Hello</p>".into()),
        (Section::part(part("2")), "AAECYmluYXJ5//4NCgBlbmQ=".into()),
        (Section::mime(part("2")), mime("Content-Type: application/octet-stream")),
        (Section::mime(part("1.1")), mime("Content-Type: text/plain; charset=utf-8")),
        (Section::part(part("3")), inner),
        (of_part("3", SectionText::Header), INNER_HEADER.into()),
        (of_part("3", SectionText::Text), INNER_BODY.into()),
        (
            of_part("3", SectionText::HeaderFields(names(&["subject"]))),
            "Subject: Inside\r\n\r\n".into(),
        ),
        (
            Section::part(part("3.1")),
            match server.kind {
                // It does not see that the message inside has no parts (RFC 9051 section 6.4.5.1).
                Kind::Mailutils => format!("{INNER_HEADER}{INNER_BODY}"),
                _ => INNER_BODY.into(),
            },
        ),
    ];
    let items = wanted.iter().map(|(section, _)| FetchItem::peek(section.clone()));
    let answer = session.run(&fetch(1, items.collect()))?.ok();
    assert_eq!(answer.contents.len(), wanted.len());
    for (section, expected) in &wanted {
        let content = answer.section(section);
        if server.kind == Kind::Mailutils
            && matches!(section.text, Some(SectionText::HeaderFields(_)))
        {
            // It spells the names of the fields as they were asked for.
            assert!(
                content.starts_with(b"SUBJECT: A \"quoted\"")
                    || content.starts_with(b"subject: Inside")
            );
            assert!(content.eq_ignore_ascii_case(expected.as_bytes()));
            continue;
        }
        let content =
            if server.kind == Kind::Pymap { without_line_end(section, content) } else { content };
        assert_eq!(
            content.escape_ascii().to_string(),
            expected.as_bytes().escape_ascii().to_string(),
            "{section}"
        );
    }
    Ok(())
}

/// pymap counts the CRLF before a boundary as part of the body (RFC 2046 section 5.1.1: of the
/// boundary).
pub(crate) fn without_line_end<'a>(section: &Section<'_>, content: &'a [u8]) -> &'a [u8] {
    let ends_there = section.part.is_some()
        && !matches!(
            section.text,
            Some(SectionText::Mime | SectionText::Header | SectionText::HeaderFields(_))
        );
    if ends_there { content.strip_suffix(b"\r\n").unwrap() } else { content }
}

fn piece(offset: u32, octets: u32) -> FetchItem<'static> {
    FetchItem::BodySection {
        section: Section::full(),
        partial: Some(Partial { offset, octets: NonZeroU32::new(octets).unwrap() }),
        peek: true,
    }
}

fn partial(server: &Server) -> Outcome {
    let (mut session, octets) = rich(server);
    let length = u32::try_from(octets.len()).unwrap();
    for (offset, count) in [
        (0, 1),
        (7, 100),
        (length - 5, 5),
        (length - 5, 500),
        (length, 10),
        (length + 7, 1),
        (0, 1_000_000),
    ] {
        let answer = session.run(&fetch(1, vec![piece(offset, count)]))?.ok();
        let end = (offset as usize + count as usize).min(octets.len());
        let expected = &octets[(offset as usize).min(octets.len())..end];
        let [content] = &answer.contents[..] else {
            panic!("{} contents", answer.contents.len());
        };
        assert_eq!(content.octets.as_deref().unwrap_or_default(), expected, "<{offset}.{count}>");
        // At the end Mailutils sends `BODY[]` with nothing at all.
        let nothing = server.kind == Kind::Mailutils && offset == length;
        assert_eq!(content.origin, (!nothing).then_some(offset.into()));
    }
    Ok(())
}

fn rfc822(server: &Server) -> Outcome {
    let (mut session, octets) = rich(server);
    let header = octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let answer = session.run(&fetch(1, vec![FetchItem::Rfc822Header, FetchItem::Flags]))?.ok();
    assert_eq!(answer.section(&Section::header()), &octets[..header]);
    assert!(!answer.fetch().flags().unwrap().seen());
    // In this order, because Mailutils accepts no item after RFC822.
    let answer = session.run(&fetch(1, vec![FetchItem::Rfc822Text, FetchItem::Rfc822]))?.ok();
    assert_eq!(answer.section(&Section::full()), octets);
    assert_eq!(answer.section(&Section::text()), &octets[header..]);
    // They set \Seen, as BODY[] does.
    let answer = session.run(&fetch(1, vec![FetchItem::Flags]))?.ok();
    assert!(answer.fetch().flags().unwrap().seen());
    Ok(())
}

fn seen(server: &Server) -> Outcome {
    let (mut session, _) = rich(server);
    let whole = |peek| FetchItem::BodySection { section: Section::full(), partial: None, peek };
    for peek in [true, false] {
        session.run(&fetch(1, vec![whole(peek)]))?.ok();
        let answer = session.run(&fetch(1, vec![FetchItem::Flags]))?.ok();
        assert_eq!(answer.fetch().flags().unwrap().seen(), !peek);
    }
    Ok(())
}

fn many(server: &Server) -> Outcome {
    let given = messages::six();
    let (mut session, _) = server.open(&given);
    let items = vec![
        FetchItem::Flags,
        FetchItem::peek(Section::header()),
        FetchItem::Envelope,
        FetchItem::peek(Section::text()),
        FetchItem::Uid,
    ];
    let answer = session.run(&fetch_all(items))?.ok();
    assert_eq!(answer.fetches().count(), given.len());
    for ((seq, given), fetch) in (1..).zip(&given).zip(answer.fetches()) {
        assert_eq!(fetch.seq.get(), seq);
        let flags = fetch.flags().unwrap();
        for flag in &given.flags {
            assert!(flags.contains(flag), "{flags:?}");
        }
        let of = |section: Section<'_>| {
            let mut contents = answer.contents.iter();
            let found =
                contents.find(|content| content.seq == fetch.seq && content.section == section);
            found.unwrap().octets.clone().unwrap()
        };
        assert_eq!([of(Section::header()), of(Section::text())].concat(), given.octets);
    }
    Ok(())
}

fn pipelined(server: &Server) -> Outcome {
    let given = messages::six();
    let (mut session, _) = server.open(&given);
    let uids = uids(&mut session);
    let whole = |uid: Uid| Command::Fetch {
        messages: UidSet::one(uid).into(),
        items: Cow::Owned(vec![FetchItem::peek(Section::full())]),
        modifiers: FetchModifiers::default(),
    };
    let ids: Vec<_> = uids.iter().map(|uid| session.send(&whole(*uid)).unwrap()).collect();
    assert_eq!(session.machine().in_flight(), uids.len());
    // The fourth, a long one, is discarded. Dovecot sends the data of several commands before the
    // first tagged line: only the right body may be discarded.
    session.machine().discard(ids[3]);
    let mut answer = Answer::new(CommandKind::Fetch);
    let mut done = Vec::new();
    while done.len() < ids.len() {
        match session.event() {
            Event::Done { id, status, .. } => {
                assert!(status.is_ok());
                done.push(id);
            }
            // Its line is there and its bytes are not, if nothing else was on its way.
            Event::Untagged(line) if answer.pending.is_empty() => {
                assert!(!line.octets().is_empty())
            }
            event => session.take(event, &mut answer),
        }
    }
    assert_eq!(done, ids);
    for (seq, given) in (1..).zip(&given).filter(|(seq, _)| *seq != 4) {
        let content = answer.contents.iter().find(|content| content.seq.get() == seq);
        assert_eq!(content.unwrap().octets.as_ref(), Some(&given.octets), "message {seq}");
    }
    session.run(&Command::Noop)?.ok();
    Ok(())
}

fn nothing(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::some(2));
    let command = Command::Fetch {
        messages: UidSet::one(Uid::new(4_000_000_000).unwrap()).into(),
        items: Cow::Owned(vec![FetchItem::Flags]),
        modifiers: FetchModifiers::default(),
    };
    let answer = session.run(&command)?.ok();
    // Mailutils takes the last message for it.
    let expected = usize::from(server.kind == Kind::Mailutils);
    assert_eq!(answer.fetches().count(), expected);
    Ok(())
}
