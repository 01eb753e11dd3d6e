//! What changes messages: APPEND, STORE, COPY, MOVE, EXPUNGE, REPLACE.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, Flag, MailboxName, Response, SeqNumber, SequenceSet, Status, UidSet,
    command::{AppendData, AppendMessage, FetchItem, Messages, StoreAction},
    flag::Keyword,
    response::{FetchAttribute, ResponseCode},
    section::Section,
    sequence::ModSeq,
};

use super::{
    answer::Answer,
    check::Check,
    fetch_extensions::mod_seqs,
    fetching::{fetch, uids},
    messages::{self, Given},
    selecting::{add_flags, follow, view},
    server::{Kind, Server, create, name, select},
    session::{Outcome, Session, argument},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "APPEND, LITERAL+", run: literal_plus },
    Check { row: "APPEND, literal behind its +", run: synchronising },
    Check { row: "APPEND of 8 MB, streamed both ways", run: megabytes },
    Check { row: "APPEND, flags and date", run: flags_and_date },
    Check { row: "APPEND, APPENDUID", run: append_uid },
    Check { row: "APPEND, refused", run: append_refused },
    Check { row: "APPEND ~{n}", run: literal8 },
    Check { row: "STORE FLAGS, +FLAGS, -FLAGS, .SILENT", run: store },
    Check { row: "STORE, keywords", run: keywords },
    Check { row: "STORE (UNCHANGEDSINCE)", run: unchanged_since },
    Check { row: "COPY, UID COPY, COPYUID", run: copy },
    Check { row: "COPY, refused with TRYCREATE", run: try_create },
    Check { row: "MOVE, UID MOVE", run: moving },
    Check { row: "EXPUNGE", run: expunge },
    Check { row: "UID EXPUNGE", run: uid_expunge },
    Check { row: "REPLACE", run: replace },
];

fn one(seq: u32) -> Messages<'static> {
    SequenceSet::one(SeqNumber::new(seq).unwrap()).into()
}

fn status_of(session: &mut Session, mailbox: &MailboxName<'static>) -> u32 {
    let answer = session.run(&select(mailbox)).unwrap().ok();
    view(&answer).message_count()
}

/// The bytes of a message as the server has them.
fn octets(session: &mut Session, seq: u32) -> Vec<u8> {
    let answer = session.run(&fetch(seq, vec![FetchItem::peek(Section::full())])).unwrap().ok();
    answer.section(&Section::full()).to_vec()
}

fn appended(
    server: &Server,
    session: &mut Session,
    given: &Given,
    piece: usize,
) -> (MailboxName<'static>, Answer) {
    let mailbox = server.fresh_name();
    session.run(&create(&mailbox)).unwrap().ok();
    let answer = session.upload(&given.append(&mailbox), &given.octets, piece).unwrap().ok();
    (mailbox, answer)
}

fn literal_plus(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("LITERAL+")?;
    let given = messages::rich();
    // One byte at a time.
    let (mailbox, _) = appended(server, &mut session, &given, 1);
    assert_eq!(status_of(&mut session, &mailbox), 1);
    assert_eq!(octets(&mut session, 1), given.octets);
    Ok(())
}

fn synchronising(server: &Server) -> Outcome {
    let mut session = server.log_in_with(|config| config.quirks.synchronising_literals = true);
    let given = messages::rich();
    let (mailbox, answer) = appended(server, &mut session, &given, 500);
    assert!(answer.asked_for_data);
    assert_eq!(status_of(&mut session, &mailbox), 1);
    assert_eq!(octets(&mut session, 1), given.octets);
    // A name that needs a literal waits for its own `+`: no quoted string can hold 8-bit here.
    let search = Command::Search {
        uid: false,
        returns: None,
        query: imap_proto_lite::search::SearchKey::Subject(argument("no \u{e4} here")).into(),
    };
    let found = session.run(&search)?;
    if found.status.is_ok() {
        assert_eq!(found.found(), [0; 0]);
    }
    session.run(&Command::Noop)?.ok();
    Ok(())
}

fn megabytes(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let given = messages::large(8 << 20);
    let (mailbox, _) = appended(server, &mut session, &given, 64 << 10);
    assert_eq!(status_of(&mut session, &mailbox), 1);
    let answer =
        session.run(&fetch(1, vec![FetchItem::peek(Section::full()), FetchItem::Rfc822Size]))?.ok();
    assert!(answer.section(&Section::full()) == given.octets, "8 MB are others");
    let size = answer.attribute(|attribute| match attribute {
        FetchAttribute::Rfc822Size(size) => Some(size),
        _ => None,
    });
    assert_eq!(size, given.octets.len() as u64);
    Ok(())
}

fn flags_and_date(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mut given = messages::rich();
    given.flags = vec![Flag::Seen, Flag::Answered, Flag::Draft];
    let (mailbox, _) = appended(server, &mut session, &given, 5_000);
    status_of(&mut session, &mailbox);
    let answer = session.run(&fetch(1, vec![FetchItem::Flags, FetchItem::InternalDate]))?.ok();
    let flags = answer.fetch().flags().unwrap();
    let date = answer.attribute(|attribute| match attribute {
        FetchAttribute::InternalDate(date) => date.date_time(),
        _ => None,
    });
    let kept = given.flags.iter().all(|flag| flags.contains(flag));
    // Mailutils answers OK and keeps no flag.
    assert_eq!(kept, server.kind != Kind::Mailutils, "{flags:?}");
    assert_eq!(date.unix_timestamp(), given.date.unix_timestamp());
    Ok(())
}

fn append_uid(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("UIDPLUS")?;
    let (mailbox, answer) = appended(server, &mut session, &messages::six()[0], 10);
    let Some(ResponseCode::AppendUid { uid_validity, .. }) = answer.code else {
        panic!("no APPENDUID but {:?}", answer.code);
    };
    let told = answer.appended().unwrap();
    let selected = session.run(&select(&mailbox))?.ok();
    assert_eq!(view(&selected).sync_state().unwrap().uid_validity, uid_validity);
    assert_eq!(uids(&mut session), told);
    Ok(())
}

fn append_refused(server: &Server) -> Outcome {
    let given = &messages::six()[0];
    for synchronising in [false, true] {
        let mut session =
            server.log_in_with(|config| config.quirks.synchronising_literals = synchronising);
        let command = given.append(&name("no such mailbox"));
        let answer = session.upload(&command, &given.octets, 10)?.no();
        // A server may refuse a synchronizing literal before it is sent. Cyrus and Mailutils read
        // it first.
        if synchronising {
            let early = !answer.asked_for_data;
            assert_eq!(
                early,
                server.is(&[Kind::Dovecot, Kind::Cyrus]),
                "asked: {}",
                answer.asked_for_data
            );
        }
        let code = answer.code;
        assert_eq!(code, (server.kind != Kind::Mailutils).then_some(ResponseCode::TryCreate));
        // The connection is where it was.
        session.run(&Command::Noop)?.ok();
    }
    Ok(())
}

fn literal8(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fresh_name();
    session.run(&create(&mailbox))?.ok();
    let octets = b"Subject: octets\r\nContent-Transfer-Encoding: binary\r\nContent-Type: application/octet-stream\r\n\r\na\0b\xff\r\n";
    let command = |data| Command::Append {
        mailbox: mailbox.clone(),
        message: AppendMessage {
            flags: Cow::Borrowed(&[]),
            date: None,
            octets: octets.len() as u64,
            data,
        },
    };
    session.upload(&command(AppendData::Literal8), octets, 7)?.ok();
    status_of(&mut session, &mailbox);
    let item = FetchItem::Binary { part: Some("1".parse().unwrap()), partial: None, peek: true };
    if server.kind == Kind::Pymap {
        // It accepts bytes, and fails when asked for a part with that encoding.
        session.run_into_the_end(&fetch(1, vec![item]));
        return Ok(());
    }
    let answer = session.run(&fetch(1, vec![item]))?.ok();
    assert_eq!(answer.contents[0].octets.as_deref(), Some(&b"a\0b\xff\r\n"[..]));
    Ok(())
}

fn storing(seq: u32, action: StoreAction<'static>, silent: bool) -> Command<'static> {
    Command::Store { messages: one(seq), action, silent, unchanged_since: None }
}

/// The flags of a message, without \Recent, as the server says them when asked.
fn flags_of(session: &mut Session, seq: u32) -> Vec<String> {
    let answer = session.run(&fetch(seq, vec![FetchItem::Flags])).unwrap().ok();
    let flags = answer.fetch().flags().unwrap();
    let mut names: Vec<String> =
        flags.iter().filter(|flag| *flag != Flag::Recent).map(|flag| flag.to_string()).collect();
    names.sort();
    names
}

fn store(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::some(3));
    let some = |flags: &[Flag<'static>]| Cow::Owned(flags.to_vec());
    let steps: [(StoreAction<'static>, bool, &[&str]); 5] = [
        (
            StoreAction::ReplaceFlags(some(&[Flag::Flagged, Flag::Draft])),
            false,
            &["\\Draft", "\\Flagged"],
        ),
        (StoreAction::AddFlags(some(&[Flag::Seen])), false, &["\\Draft", "\\Flagged", "\\Seen"]),
        (
            StoreAction::RemoveFlags(some(&[Flag::Draft, Flag::Answered])),
            true,
            &["\\Flagged", "\\Seen"],
        ),
        (StoreAction::ReplaceFlags(some(&[Flag::Answered])), true, &["\\Answered"]),
        (StoreAction::ReplaceFlags(some(&[])), false, &[]),
    ];
    for (action, silent, expected) in steps {
        let answer = session.run(&storing(1, action, silent))?.ok();
        // The new flags come unasked for, unless .SILENT; Cyrus tells them then too.
        let told = !silent || server.kind == Kind::Cyrus;
        assert_eq!(answer.fetches().count(), usize::from(told));
        assert_eq!(flags_of(&mut session, 1), expected);
    }
    // The neighbour kept its own.
    assert_eq!(flags_of(&mut session, 2), ["\\Answered", "\\Flagged"]);
    // By UID, the answer names it.
    let uid = uids(&mut session)[2];
    let answer = session
        .run(&Command::Store {
            messages: UidSet::one(uid).into(),
            action: StoreAction::AddFlags(some(&[Flag::Deleted])),
            silent: false,
            unchanged_since: None,
        })?
        .ok();
    assert_eq!(answer.fetch().seq.get(), 3);
    assert_eq!(answer.fetch().uid(), Some(uid));
    Ok(())
}

fn keywords(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fill(&mut session, &messages::some(1));
    let answer = session.run(&select(&mailbox))?.ok();
    let any = answer.permanent_flags().unwrap().contains(&Flag::Any);
    let mine = vec![
        Flag::Keyword(Keyword::FORWARDED),
        Flag::Keyword(Keyword::new("my-own.word").unwrap()),
    ];
    let stored = session.run(&storing(1, StoreAction::AddFlags(Cow::Owned(mine)), false))?;
    if !any {
        // PERMANENTFLAGS without \* says that they are not kept.
        let kept = flags_of(&mut session, 1).iter().any(|flag| flag == "my-own.word");
        assert!(!kept, "{:?}", stored.status);
        return Err(super::session::NotOffered);
    }
    stored.ok();
    assert_eq!(flags_of(&mut session, 1), ["$Forwarded", "\\Seen", "my-own.word"]);
    Ok(())
}

fn unchanged_since(server: &Server) -> Outcome {
    let (mut session, mailbox) = server.open(&messages::some(3));
    session.needs("CONDSTORE")?;
    let known = *mod_seqs(&mut session)?.iter().max().unwrap();
    let mut other = server.log_in();
    other.run(&select(&mailbox))?.ok();
    other.run(&add_flags(2, &[Flag::Draft]))?.ok();
    let conditional = |since: ModSeq| Command::Store {
        messages: SequenceSet::all().into(),
        action: StoreAction::AddFlags(Cow::Borrowed(&[Flag::Deleted])),
        silent: false,
        unchanged_since: Some(since),
    };
    session.run(&Command::Noop)?.ok();
    let answer = session.run(&conditional(known))?;
    assert_ne!(answer.status, Status::Bad);
    let Some(ResponseCode::Modified(left)) = &answer.code else {
        panic!("no MODIFIED but {:?}", answer.code);
    };
    assert_eq!(left.numbers().map(SeqNumber::get).collect::<Vec<_>>(), [2]);
    for (seq, deleted) in [(1, true), (2, false), (3, true)] {
        let flags = flags_of(&mut session, seq);
        assert_eq!(flags.iter().any(|flag| flag == "\\Deleted"), deleted, "{flags:?}");
    }
    // With the new modification sequence it succeeds.
    let known = *mod_seqs(&mut session)?.iter().max().unwrap();
    let answer = session.run(&conditional(known))?.ok();
    assert!(!matches!(answer.code, Some(ResponseCode::Modified(_))));
    assert!(flags_of(&mut session, 2).iter().any(|flag| flag == "\\Deleted"));
    Ok(())
}

fn copy(server: &Server) -> Outcome {
    let (mut session, source) = server.open(&messages::some(4));
    let all = uids(&mut session);
    let destination = server.fresh_name();
    session.run(&create(&destination))?.ok();
    let by_number = session
        .run(&Command::Copy {
            messages: SequenceSet::range(SeqNumber::new(2).unwrap(), SeqNumber::new(3).unwrap())
                .into(),
            mailbox: destination.clone(),
        })?
        .ok();
    let by_uid = session
        .run(&Command::Copy { messages: UidSet::one(all[0]).into(), mailbox: destination.clone() })?
        .ok();
    let told = [by_number.copied(), by_uid.copied()];
    let given = messages::some(4);
    assert_eq!(status_of(&mut session, &destination), 3);
    for (seq, index) in [(1, 1), (2, 2), (3, 0)] {
        assert_eq!(octets(&mut session, seq), given[index].octets);
    }
    // Flags go along.
    assert_eq!(flags_of(&mut session, 1), ["\\Answered", "\\Flagged"]);
    let there = uids(&mut session);
    if session.has("UIDPLUS") {
        let [Some(two), Some(single)] = told else {
            panic!("no COPYUID");
        };
        assert_eq!(two, [(all[1], there[0]), (all[2], there[1])]);
        assert_eq!(single, [(all[0], there[2])]);
    } else {
        assert_eq!(told, [None, None]);
    }
    assert_eq!(status_of(&mut session, &source), 4);
    Ok(())
}

fn try_create(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::some(1));
    let answer =
        session.run(&Command::Copy { messages: one(1), mailbox: name("no such mailbox") })?.no();
    // Mailutils has no codes for anything.
    let expected = (server.kind != Kind::Mailutils).then_some(ResponseCode::TryCreate);
    assert_eq!(answer.code, expected);
    Ok(())
}

fn moving(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let source = server.fill(&mut session, &messages::some(4));
    let destination = server.fresh_name();
    session.run(&create(&destination))?.ok();
    let selected = session.run(&select(&source))?.ok();
    let mut view = view(&selected);
    let all = uids(&mut session);
    let answer = session
        .run(&Command::Move { messages: UidSet::one(all[1]).into(), mailbox: destination.clone() })?
        .ok();
    follow(&mut view, &answer);
    assert_eq!(view.message_count(), 3);
    let first = answer.copied().expect("COPYUID");
    assert_eq!(first[0].0, all[1]);
    // RFC 6851 section 4.3: in an untagged OK, before EXPUNGE.
    assert!(
        !matches!(answer.code, Some(ResponseCode::CopyUid { .. })) || server.kind != Kind::Dovecot
    );
    let answer =
        session.run(&Command::Move { messages: one(3), mailbox: destination.clone() })?.ok();
    follow(&mut view, &answer);
    assert_eq!(view.message_count(), 2);
    let second = answer.copied().expect("COPYUID");
    assert_eq!(second[0].0, all[3]);
    assert_eq!(uids(&mut session), [all[0], all[2]]);
    assert_eq!(status_of(&mut session, &destination), 2);
    assert_eq!(uids(&mut session), [first[0].1, second[0].1]);
    assert_eq!(octets(&mut session, 1), messages::six()[1].octets);
    Ok(())
}

fn expunge(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fill(&mut session, &messages::six());
    let selected = session.run(&select(&mailbox))?.ok();
    let mut view = view(&selected);
    session.run(&add_flags(1, &[Flag::Deleted]))?.ok();
    session.run(&add_flags(3, &[Flag::Deleted]))?.ok();
    let before = uids(&mut session);
    // The first, the third and the fifth, each with the number that it has by then.
    let answer = session.run(&Command::Expunge)?.ok();
    let mut left = before.clone();
    for response in &answer.responses {
        if let Response::Expunge(seq) = response {
            left.remove(seq.get() as usize - 1);
        }
    }
    follow(&mut view, &answer);
    assert_eq!(view.message_count(), 3);
    assert_eq!(left, [before[1], before[3], before[5]]);
    assert_eq!(uids(&mut session), left);
    Ok(())
}

fn uid_expunge(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::some(4));
    for seq in [1, 2, 4] {
        session.run(&add_flags(seq, &[Flag::Deleted]))?.ok();
    }
    let before = uids(&mut session);
    let named = UidSet::from_numbers([before[1], before[2]]).unwrap();
    session.run(&Command::UidExpunge { uids: named.into() })?.ok();
    // Only what has the flag and was named.
    assert_eq!(uids(&mut session), [before[0], before[2], before[3]]);
    Ok(())
}

fn replace(server: &Server) -> Outcome {
    let (mut session, mailbox) = server.open(&messages::some(1));
    let given = messages::rich();
    let Command::Append { message, .. } = given.append(&mailbox) else {
        unreachable!();
    };
    let command = Command::Replace { messages: one(1), mailbox, message };
    session.upload(&command, &given.octets, 100)?.ok();
    assert_eq!(octets(&mut session, 1), given.octets);
    Ok(())
}
