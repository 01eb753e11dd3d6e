//! What extensions add to FETCH: BINARY, PREVIEW, SAVEDATE, OBJECTID, CONDSTORE, QRESYNC.

use std::{borrow::Cow, num::NonZeroU32};

use imap_proto_lite::{
    Atom, Command, Flag, Uid, UidSet,
    command::{FetchItem, FetchModifiers, Messages},
    date::ServerDate,
    response::{FetchAttribute, ResponseCode},
    section::{Partial, Section},
    sequence::ModSeq,
};

use super::{
    answer::Answer,
    bodies::without_line_end,
    check::Check,
    fetching::{fetch, fetch_all, part, rich, uids},
    messages::{self, ATTACHMENT},
    selecting::add_flags,
    server::{Kind, Server, select},
    session::{Outcome, Session},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "FETCH (BINARY BINARY.SIZE)", run: binary },
    Check { row: "FETCH (BINARY), unknown encoding", run: unknown_cte },
    Check { row: "FETCH (PREVIEW), (LAZY)", run: preview },
    Check { row: "FETCH (SAVEDATE)", run: save_date },
    Check { row: "FETCH (EMAILID THREADID)", run: object_ids },
    Check { row: "FETCH (MODSEQ), CHANGEDSINCE", run: mod_seq },
    Check { row: "FETCH (CHANGEDSINCE VANISHED)", run: vanished },
    Check { row: "FETCH PARTIAL", run: window },
    Check { row: "FETCH (X-GM-MSGID X-GM-THRID X-GM-LABELS)", run: gmail },
];

fn binary(server: &Server) -> Outcome {
    let (mut session, _) = rich(server);
    session.needs("BINARY")?;
    let item =
        |number: &str, partial| FetchItem::Binary { part: Some(part(number)), partial, peek: true };
    let answer = session
        .run(&fetch(
            1,
            vec![
                item("2", None),
                item("1.1", None),
                FetchItem::BinarySize { part: Some(part("2")) },
            ],
        ))?
        .ok();
    assert!(answer.contents.iter().all(|content| content.binary));
    assert_eq!(answer.section(&Section::part(part("2"))), ATTACHMENT);
    let text = "Caf\u{e9} says hello to you.";
    let told = answer.section(&Section::part(part("1.1")));
    let told = if server.kind == Kind::Pymap {
        without_line_end(&Section::part(part("1.1")), told)
    } else {
        told
    };
    assert_eq!(told, text.as_bytes());
    let size = answer.attribute(|attribute| match attribute {
        FetchAttribute::BinarySize { octets, .. } => Some(octets),
        _ => None,
    });
    assert_eq!(size, ATTACHMENT.len() as u64);
    let range = Partial { offset: 3, octets: NonZeroU32::new(6).unwrap() };
    let answer = session.run(&fetch(1, vec![item("2", Some(range))]))?.ok();
    assert_eq!(answer.section(&Section::part(part("2"))), b"binary");
    assert_eq!(answer.contents[0].origin, Some(3));
    Ok(())
}

fn unknown_cte(server: &Server) -> Outcome {
    let mut given = messages::six().remove(0);
    given.octets = b"Subject: odd\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: x-odd\r\n\r\nabc\r\n".to_vec();
    let (mut session, _) = server.open(&[given]);
    session.needs("BINARY")?;
    let item = FetchItem::Binary { part: Some(part("1")), partial: None, peek: true };
    let command = fetch(1, vec![item]);
    if server.kind == Kind::Pymap {
        // It refuses.
        session.run_into_the_end(&command);
        return Ok(());
    }
    let code = session.run(&command)?.no().code;
    // Cyrus says it in words.
    let expected = (server.kind == Kind::Dovecot).then_some(ResponseCode::UnknownCte);
    assert_eq!(code, expected);
    Ok(())
}

fn preview(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::some(3));
    session.needs("PREVIEW")?;
    let of = |answer: &Answer| {
        answer.attribute(|attribute| match attribute {
            FetchAttribute::Preview(text) => {
                Some(text.map(|text| text.to_str_lossy().into_owned()))
            }
            _ => None,
        })
    };
    let answer = session.run(&fetch(1, vec![FetchItem::Preview { lazy: false }]))?.ok();
    let told = of(&answer);
    // Cyrus makes previews elsewhere (for JMAP): it has the item and NIL in it.
    assert_eq!(told.as_deref(), (server.kind == Kind::Dovecot).then_some("Do you like them?"));
    let lazy = session.run(&fetch(1, vec![FetchItem::Preview { lazy: true }]))?.ok();
    assert_eq!(of(&lazy), told);
    Ok(())
}

fn save_date(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::some(1));
    session.needs("SAVEDATE")?;
    let answer = session.run(&fetch(1, vec![FetchItem::SaveDate, FetchItem::InternalDate]))?.ok();
    let saved = answer.attribute(|attribute| match attribute {
        FetchAttribute::SaveDate(date) => Some(date.as_ref().and_then(ServerDate::date_time)),
        _ => None,
    });
    // It was appended a moment ago; its internal date does not matter.
    assert!(saved.expect("a date").date().year() > 2023);
    Ok(())
}

fn object_ids(server: &Server) -> Outcome {
    let (mut session, mailbox) = server.open(&messages::six());
    session.needs("OBJECTID")?;
    let items = || vec![FetchItem::EmailId, FetchItem::ThreadId];
    let ids = |answer: &Answer| -> Vec<(String, Option<String>)> {
        let one = |fetch: &imap_proto_lite::response::Fetch<'_>| {
            let mut found = (String::new(), None);
            for attribute in fetch.iter() {
                match attribute {
                    FetchAttribute::EmailId(id) => found.0 = id.to_str_lossy().into_owned(),
                    FetchAttribute::ThreadId(id) => {
                        found.1 = id.map(|id| id.to_str_lossy().into_owned());
                    }
                    _ => {}
                }
            }
            found
        };
        answer.fetches().map(one).collect()
    };
    let first = session.run(&fetch_all(items()))?.ok();
    let first = ids(&first);
    assert_eq!(first.len(), 6);
    let mut emails: Vec<_> = first.iter().map(|(email, _)| email).collect();
    emails.sort();
    emails.dedup();
    assert_eq!(emails.len(), 6, "six messages, six ids: {first:?}");
    // The answers in the first conversation are of one thread, and the lonely message is not.
    assert_eq!(first[0].1, first[1].1);
    assert!(first[0].1.is_some());
    assert_ne!(first[0].1, first[5].1);
    // They last.
    session.run(&select(&mailbox))?.ok();
    let again = session.run(&fetch_all(items()))?.ok();
    assert_eq!(ids(&again), first);
    Ok(())
}

/// The MODSEQ of each message.
pub(crate) fn mod_seqs(session: &mut Session) -> Outcome<Vec<ModSeq>> {
    let answer = session.run(&fetch_all(vec![FetchItem::ModSeq]))?.ok();
    let of = |fetch: &imap_proto_lite::response::Fetch<'_>| {
        fetch.iter().find_map(|attribute| match attribute {
            FetchAttribute::ModSeq(value) => Some(value),
            _ => None,
        })
    };
    Ok(answer.fetches().map(|fetch| of(fetch).unwrap()).collect())
}

fn changed_since(mod_seq: ModSeq, vanished: bool) -> Command<'static> {
    let mut modifiers = FetchModifiers::default();
    modifiers.changed_since = Some(mod_seq);
    modifiers.vanished = vanished;
    Command::Fetch {
        messages: Messages::from(UidSet::all()),
        items: Cow::Owned(vec![FetchItem::Flags]),
        modifiers,
    }
}

fn mod_seq(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::some(4));
    session.needs("CONDSTORE")?;
    let before = mod_seqs(&mut session)?;
    assert_eq!(before.len(), 4);
    let highest = *before.iter().max().unwrap();
    session.run(&add_flags(2, &[Flag::Flagged]))?.ok();
    session.run(&add_flags(3, &[Flag::Draft]))?.ok();
    let answer = session.run(&changed_since(highest, false))?.ok();
    let changed: Vec<u32> = answer.fetches().map(|fetch| fetch.seq.get()).collect();
    // The second was flagged before: nothing changed there.
    assert_eq!(changed, [3]);
    assert!(answer.fetches().all(|fetch| {
        fetch
            .iter()
            .any(|attribute| matches!(attribute, FetchAttribute::ModSeq(value) if value > highest))
    }));
    Ok(())
}

fn vanished(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("QRESYNC")?;
    session.run(&Command::Enable { capabilities: vec![Atom::QRESYNC].into() })?.ok();
    let mailbox = server.fill(&mut session, &messages::some(4));
    session.run(&select(&mailbox))?.ok();
    let since = *mod_seqs(&mut session)?.iter().max().unwrap();
    let all = uids(&mut session);
    let mut other = server.log_in();
    other.run(&select(&mailbox))?.ok();
    other.run(&add_flags(2, &[Flag::Deleted]))?.ok();
    other.run(&Command::Expunge)?.ok();
    session.run(&Command::Noop)?.ok();
    let answer = session.run(&changed_since(since, true))?.ok();
    let gone: Vec<Uid> = answer
        .responses
        .iter()
        .filter_map(|response| match response {
            imap_proto_lite::Response::Vanished { earlier: true, uids } => Some(uids),
            _ => None,
        })
        .flat_map(|uids| uids.numbers().collect::<Vec<_>>())
        .collect();
    assert_eq!(gone, [all[1]]);
    Ok(())
}

fn window(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    let mut modifiers = FetchModifiers::default();
    modifiers.partial = Some(imap_proto_lite::search::PartialRange { first: 1, last: 2 });
    let answer = session
        .run(&Command::Fetch {
            messages: Messages::from(UidSet::all()),
            items: Cow::Owned(vec![FetchItem::Flags]),
            modifiers,
        })?
        .ok();
    assert_eq!(answer.fetches().count(), 2);
    Ok(())
}

fn gmail(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("X-GM-EXT-1")
}
