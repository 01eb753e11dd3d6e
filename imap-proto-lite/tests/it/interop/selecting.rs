//! Selecting and leaving a mailbox, and learning of changes: SELECT, EXAMINE, CLOSE, UNSELECT,
//! NOOP, IDLE.

use std::{thread, time::Duration};

use imap_proto_lite::{
    Atom, Command, CommandKind, Flag, MailboxName, Response, SendError, SeqNumber, UidSet,
    client::State,
    command::{SelectParameters, StoreAction},
    response::ResponseCode,
    selected::Selected,
    sequence::{ModSeq, SequenceSet, Uid},
};

use super::{
    answer::Answer,
    check::Check,
    messages,
    server::{Kind, Server, name, select},
    session::{Outcome, Session},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "SELECT", run: selecting },
    Check { row: "EXAMINE", run: examining },
    Check { row: "SELECT, refused", run: select_refused },
    Check { row: "SELECT (CONDSTORE)", run: condstore },
    Check { row: "SELECT (QRESYNC)", run: qresync },
    Check { row: "SELECT behind SELECT, CLOSED", run: closed },
    Check { row: "CLOSE", run: close },
    Check { row: "UNSELECT", run: unselect },
    Check { row: "NOOP, news of another session", run: news },
    Check { row: "IDLE, news of another session", run: idle },
];

/// The view of a mailbox that all responses of an answer were applied to.
pub(crate) fn view(answer: &Answer) -> Selected {
    let mut view = Selected::new();
    follow(&mut view, answer);
    view
}

/// Applies an answer.
pub(crate) fn follow(view: &mut Selected, answer: &Answer) {
    for response in &answer.responses {
        view.apply(response, |_| {});
    }
    if let Some(code) = &answer.code {
        view.apply_code(code, |_| {});
    }
    assert_eq!(view.resync_needed(), None);
}

/// `STORE` of one message with flags to add.
pub(crate) fn add_flags(seq: u32, flags: &[Flag<'static>]) -> Command<'static> {
    Command::Store {
        messages: SequenceSet::one(SeqNumber::new(seq).unwrap()).into(),
        action: StoreAction::AddFlags(flags.to_vec().into()),
        silent: false,
        unchanged_since: None,
    }
}

fn selecting(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fill(&mut session, &messages::six());
    let answer = session.run(&select(&mailbox))?.ok();
    assert_eq!(session.machine().state(), State::Selected);
    assert_eq!(answer.code, Some(ResponseCode::ReadWrite));
    let view = view(&answer);
    assert_eq!(view.message_count(), 6);
    assert!(!view.is_read_only());
    let flags = answer.responses.iter().find_map(|response| match response {
        Response::Flags(flags) => Some(flags),
        _ => None,
    });
    let flags = flags.expect("FLAGS");
    let permanent = answer.permanent_flags().expect("PERMANENTFLAGS");
    for flag in [Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft] {
        assert!(flags.contains(&flag) && permanent.contains(&flag), "{flag}");
    }
    // Keywords of one's own.
    assert_eq!(permanent.contains(&Flag::Any), server.is(&[Kind::Dovecot, Kind::Cyrus]));
    let state = view.sync_state().expect("UIDVALIDITY and UIDNEXT");
    assert!(state.uid_next > 6);
    // Dovecot begins to keep modification sequences when a client asks for them.
    assert_eq!(state.highest_mod_seq.is_some(), server.kind == Kind::Cyrus);
    let named = answer.codes().any(|code| matches!(code, ResponseCode::MailboxId(_)));
    assert_eq!(named, server.is(&[Kind::Cyrus, Kind::Pymap]));
    Ok(())
}

fn examining(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fill(&mut session, &messages::some(2));
    let answer =
        session.run(&Command::Examine { mailbox, parameters: SelectParameters::None })?.ok();
    assert_eq!(answer.code, Some(ResponseCode::ReadOnly));
    assert_eq!(session.machine().state(), State::Selected);
    let view = view(&answer);
    assert!(view.is_read_only());
    assert_eq!(view.message_count(), 2);
    // Nothing can be changed, except that Mailutils does it.
    let store = session.run(&add_flags(2, &[Flag::Deleted]))?;
    let changed = store.status.is_ok() && store.fetches().next().is_some();
    assert_eq!(changed, server.kind == Kind::Mailutils);
    // RFC 9051 section 6.4.1 lets CLOSE leave a mailbox that is open for reading; pymap refuses.
    let closed = session.run(&Command::Close)?;
    assert_eq!(closed.status.is_ok(), server.kind != Kind::Pymap);
    let expected = if server.kind == Kind::Pymap { State::Selected } else { State::Authenticated };
    assert_eq!(session.machine().state(), expected);
    Ok(())
}

fn select_refused(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::some(1));
    session.run(&select(&name("no such mailbox")))?.no();
    // The mailbox that was open is not open any more (RFC 9051 section 6.3.2).
    assert_eq!(session.machine().state(), State::Authenticated);
    assert!(matches!(session.machine().send(&Command::Close), Err(SendError::NotAllowed { .. })));
    session.run(&Command::Noop)?.ok();
    Ok(())
}

fn condstore(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("CONDSTORE")?;
    let mailbox = server.fill(&mut session, &messages::some(3));
    let answer = session
        .run(&Command::Select {
            mailbox: mailbox.clone(),
            parameters: SelectParameters::CondStore,
        })?
        .ok();
    let mut view = view(&answer);
    let before = view.sync_state().unwrap().highest_mod_seq.unwrap();
    // From now on every change comes with its modification sequence.
    let store = session.run(&add_flags(3, &[Flag::Flagged]))?.ok();
    follow(&mut view, &store);
    let told = store.attribute(|attribute| match attribute {
        imap_proto_lite::response::FetchAttribute::ModSeq(value) => Some(value),
        _ => None,
    });
    assert!(told > before);
    // The value of the mailbox is what the server says of the mailbox.
    assert_eq!(view.sync_state().unwrap().highest_mod_seq, Some(before));
    let again = session.run(&select(&mailbox))?.ok();
    let now = super::selecting::view(&again).sync_state().unwrap();
    assert_eq!(now.highest_mod_seq, Some(told));
    Ok(())
}

/// SELECT with QRESYNC.
fn resync(mailbox: &MailboxName<'static>, view: &Selected, mod_seq: ModSeq) -> Command<'static> {
    Command::Select {
        mailbox: mailbox.clone(),
        parameters: SelectParameters::QResync {
            uid_validity: view.sync_state().unwrap().uid_validity,
            mod_seq,
            known_uids: None,
        },
    }
}

/// Only the messages that another session removed and flagged are told.
fn qresync(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("QRESYNC")?;
    let mailbox = server.fill(&mut session, &messages::some(4));
    session.run(&Command::Enable { capabilities: vec![Atom::QRESYNC].into() })?.ok();
    let first = session.run(&select(&mailbox))?.ok();
    let known = view(&first);
    let mod_seq = known.sync_state().unwrap().highest_mod_seq.unwrap();
    session.run(&Command::Unselect)?.ok();

    let mut other = server.log_in();
    other.run(&select(&mailbox))?.ok();
    other.run(&add_flags(1, &[Flag::Flagged]))?.ok();
    other.run(&add_flags(2, &[Flag::Deleted]))?.ok();
    let uids = UidSet::one(Uid::new(2).unwrap());
    other.run(&Command::UidExpunge { uids: uids.into() })?.ok();

    let answer = session.run(&resync(&mailbox, &known, mod_seq))?.ok();
    let view = view(&answer);
    assert_eq!(view.message_count(), 3);
    let vanished: Vec<u32> = answer
        .responses
        .iter()
        .filter_map(|response| match response {
            Response::Vanished { earlier, uids } => {
                assert!(*earlier);
                Some(uids)
            }
            _ => None,
        })
        .flat_map(|uids| uids.numbers().map(Uid::get).collect::<Vec<_>>())
        .collect();
    assert_eq!(vanished, [2]);
    let changed: Vec<u32> = answer
        .fetches()
        .map(|fetch| {
            assert!(fetch.flags().unwrap().contains(&Flag::Flagged));
            fetch.uid().unwrap().get()
        })
        .collect();
    assert_eq!(changed, [1]);

    // Asked again from there, nothing is new.
    let now = view.sync_state().unwrap().highest_mod_seq.unwrap();
    assert!(now > mod_seq);
    let again = session.run(&resync(&mailbox, &view, now))?.ok();
    assert_eq!(again.fetches().count(), 0);
    // And an EXPUNGE of this session comes as VANISHED.
    session.run(&add_flags(3, &[Flag::Deleted]))?.ok();
    let expunge = session.run(&Command::Expunge)?.ok();
    let mut gone = expunge.responses.iter().filter_map(|response| match response {
        Response::Vanished { earlier: false, uids } => Some(uids),
        Response::Expunge(_) => panic!("EXPUNGE though QRESYNC is enabled"),
        _ => None,
    });
    assert_eq!(gone.next().unwrap().numbers().map(Uid::get).collect::<Vec<_>>(), [4]);
    // Cyrus leaves it out (RFC 7162 section 3.2.7 wants it where the client knows the value).
    let told = expunge
        .codes()
        .any(|code| matches!(code, ResponseCode::HighestModSeq(value) if *value > now));
    assert!(told, "{:?}", expunge.code);
    Ok(())
}

fn closed(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let one = server.fill(&mut session, &messages::some(1));
    let three = server.fill(&mut session, &messages::some(3));
    let resync = session.has("QRESYNC");
    if resync {
        session.run(&Command::Enable { capabilities: vec![Atom::QRESYNC].into() })?.ok();
    }
    session.run(&select(&one))?.ok();
    let answer = session.run(&select(&three))?.ok();
    // The mark between the two mailboxes comes where QRESYNC is known.
    let closed = answer.codes().any(|code| *code == ResponseCode::Closed);
    assert_eq!(closed, resync);
    assert_eq!(view(&answer).message_count(), 3);
    Ok(())
}

fn close(server: &Server) -> Outcome {
    let (mut session, mailbox) = server.open(&messages::six());
    let answer = session.run(&Command::Close)?.ok();
    // The fifth is gone, and the server does not say so.
    let said = answer
        .responses
        .iter()
        .any(|response| matches!(response, Response::Expunge(_) | Response::Vanished { .. }));
    assert!(!said, "{:?}", answer.responses);
    assert_eq!(session.machine().state(), State::Authenticated);
    let answer = session.run(&select(&mailbox))?.ok();
    assert_eq!(view(&answer).message_count(), 5);
    Ok(())
}

fn unselect(server: &Server) -> Outcome {
    let (mut session, mailbox) = server.open(&messages::six());
    // CHECK went with RFC 9051: a server may refuse it.
    drop(session.run(&Command::Check)?);
    assert_eq!(session.machine().state(), State::Selected);
    session.run(&Command::Unselect)?.ok();
    assert_eq!(session.machine().state(), State::Authenticated);
    let answer = session.run(&select(&mailbox))?.ok();
    assert_eq!(view(&answer).message_count(), 6);
    Ok(())
}

/// Asks until a response is as wanted, and applies all data. Servers notice another session's
/// changes by the time stamp of a folder, which may have one second; then a missing change is not a
/// failure yet.
fn until(
    view: &mut Selected,
    mut ask: impl FnMut() -> Vec<Response<'static>>,
    wanted: impl Fn(&Response<'_>, &Selected) -> bool,
) {
    for _ in 0..100 {
        let mut found = false;
        let heard = ask();
        let silent = heard.is_empty();
        for response in heard {
            view.apply(&response, |_| {});
            found |= wanted(&response, view);
        }
        if found {
            assert_eq!(view.resync_needed(), None);
            return;
        }
        if silent {
            thread::sleep(Duration::from_millis(50));
        }
    }
    panic!("{} messages, and no news", view.message_count());
}

fn count_is(count: u32) -> impl Fn(&Response<'_>, &Selected) -> bool {
    move |_, view| view.message_count() == count
}

fn deletion_mark(response: &Response<'_>, _: &Selected) -> bool {
    matches!(response, Response::Fetch(fetch) if fetch.flags().is_some_and(|flags| flags.contains(&Flag::Deleted)))
}

fn append_one(server: &Server, mailbox: &MailboxName<'static>) -> Session {
    let mut other = server.log_in();
    if server.kind == Kind::Mailutils {
        // Its time stamps have one second.
        thread::sleep(Duration::from_millis(1_100));
    }
    let message = &messages::six()[1];
    other.upload(&message.append(mailbox), &message.octets, 50).unwrap().ok();
    other
}

fn news(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fill(&mut session, &messages::some(2));
    let answer = session.run(&select(&mailbox))?.ok();
    let mut view = view(&answer);
    let mut other = append_one(server, &mailbox);
    let mut noop = || session.run(&Command::Noop).unwrap().ok().responses;
    until(&mut view, &mut noop, count_is(3));
    if server.kind == Kind::Mailutils {
        // It never hears that messages are gone.
        return Ok(());
    }
    other.run(&select(&mailbox))?.ok();
    other.run(&add_flags(1, &[Flag::Deleted]))?.ok();
    until(&mut view, &mut noop, deletion_mark);
    other.run(&Command::Expunge)?.ok();
    until(&mut view, &mut noop, count_is(2));
    Ok(())
}

fn idle(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("IDLE")?;
    let mailbox = server.fill(&mut session, &messages::some(2));
    let answer = session.run(&select(&mailbox))?.ok();
    let mut view = view(&answer);
    let id = session.idle()?;
    // Nothing else may be sent meanwhile.
    assert!(matches!(session.machine().send(&Command::Noop), Err(SendError::Busy { .. })));
    let mut other = append_one(server, &mailbox);
    if server.kind == Kind::Mailutils {
        // It says nothing before DONE, and then all of it in front of the tagged line.
        session.machine().end_idle(id).unwrap();
        let answer = session.wait(id, CommandKind::Idle, &[], 1).ok();
        follow(&mut view, &answer);
        assert_eq!(view.message_count(), 3);
    } else {
        let mut next = || vec![session.untagged()];
        until(&mut view, &mut next, |response, _| matches!(response, Response::Exists(3)));
        // pymap goes on about the new message, and what happens meanwhile it forgets to tell.
        if server.kind != Kind::Pymap {
            other.run(&select(&mailbox))?.ok();
            other.run(&add_flags(1, &[Flag::Deleted]))?.ok();
            until(&mut view, &mut next, deletion_mark);
            other.run(&Command::Expunge)?.ok();
            until(&mut view, &mut next, count_is(2));
        }
        session.machine().end_idle(id).unwrap();
        session.wait(id, CommandKind::Idle, &[], 1).ok();
    }
    session.run(&Command::Noop)?.ok();
    // Ended before it began: the wish is remembered.
    let id = session.send(&Command::Idle)?;
    session.machine().end_idle(id).unwrap();
    loop {
        match session.event() {
            imap_proto_lite::client::Event::Idling { .. }
            | imap_proto_lite::client::Event::Untagged(_) => {}
            imap_proto_lite::client::Event::Done { id: done, status, .. } => {
                assert!(done == id && status.is_ok());
                return Ok(());
            }
            event => panic!("{event:?}"),
        }
    }
}
