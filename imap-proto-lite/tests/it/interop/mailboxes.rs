//! Making and removing mailboxes, and what STATUS tells of them.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, MailboxName, Response, Status,
    command::{ListReturn, ListSelection, StatusItem},
    name_attribute::NameAttribute,
    response::{ResponseCode, StatusValue},
};

use super::{
    answer::Answer,
    check::Check,
    listing::{entry, is, listing, make, names, tree},
    messages,
    server::{Kind, Server, create, name, select},
    session::{NotOffered, Outcome, Session},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "CREATE, RENAME with children, DELETE", run: life },
    Check { row: "CREATE, DELETE, RENAME, refused", run: refused },
    Check { row: "CREATE (USE)", run: create_special_use },
    Check { row: "STATUS", run: status },
    Check { row: "STATUS (SIZE)", run: status_size },
    Check { row: "STATUS (DELETED)", run: status_deleted },
    Check { row: "STATUS (HIGHESTMODSEQ)", run: status_mod_seq },
    Check { row: "STATUS (APPENDLIMIT)", run: status_append_limit },
    Check { row: "STATUS (MAILBOXID), CREATE's MAILBOXID", run: status_mailbox_id },
];

fn life(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let (old, new) = (tree(server), tree(server));
    make(&mut session, &old);
    make(&mut session, &format!("{old}/child"));
    let command = messages::six()[0].append(&name(&format!("{old}/child")));
    let octets = &messages::six()[0].octets;
    session.upload(&command, octets, 100)?.ok();
    session.run(&Command::Rename { from: name(&old), to: name(&new) })?.ok();
    assert_eq!(names(&session.run(&listing(&format!("{old}*")))?.ok()), [""; 0]);
    let moved = session.run(&listing(&format!("{new}*")))?.ok();
    assert_eq!(names(&moved), [new.clone(), format!("{new}/child")]);
    let answer = session
        .run(&Command::Status {
            mailbox: name(&format!("{new}/child")),
            items: Cow::Borrowed(&[StatusItem::Messages]),
        })?
        .ok();
    assert_eq!(told(&answer, &name(&format!("{new}/child"))), [StatusValue::Messages(1)]);
    for mailbox in [format!("{new}/child"), new.clone()] {
        session.run(&Command::Delete { mailbox: name(&mailbox) })?.ok();
    }
    assert_eq!(names(&session.run(&listing(&format!("{new}*")))?.ok()), [""; 0]);
    Ok(())
}

fn refused(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fresh_name();
    session.run(&create(&mailbox))?.ok();
    let code = |answer: Answer| answer.no().code;
    let missing = name("no such mailbox");
    let again = code(session.run(&create(&mailbox))?);
    let delete = code(session.run(&Command::Delete { mailbox: missing.clone() })?);
    let rename =
        code(session.run(&Command::Rename { from: missing.clone(), to: server.fresh_name() })?);
    let select = code(session.run(&select(&missing))?);
    let status = session.run(&Command::Status {
        mailbox: missing,
        items: Cow::Borrowed(&[StatusItem::Messages]),
    })?;
    assert_eq!(status.status, Status::No);
    let exists = Some(ResponseCode::AlreadyExists);
    let none = || Some(ResponseCode::NonExistent);
    let expected = match server.kind {
        Kind::Dovecot => [exists, none(), none(), None, None],
        Kind::Pymap => [exists, none(), none(), none(), none()],
        Kind::Cyrus | Kind::Mailutils => [None, None, None, None, None],
    };
    assert_eq!([again, delete, rename, select, status.code], expected);
    Ok(())
}

fn create_special_use(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fresh_name();
    session
        .run(&Command::Create {
            mailbox: mailbox.clone(),
            special_use: Cow::Borrowed(&[NameAttribute::Junk]),
        })?
        .ok();
    let mut returns = ListReturn::default();
    returns.special_use = true;
    let answer = session
        .run(&Command::List {
            reference: name(""),
            patterns: Cow::Owned(vec![mailbox.clone()]),
            selection: ListSelection::default(),
            returns,
        })?
        .ok();
    assert!(is(entry(&answer, &mailbox.decoded(false)), &NameAttribute::Junk));
    // Cyrus keeps what has a use.
    let deleted = session.run(&Command::Delete { mailbox })?;
    assert_eq!(deleted.status.is_ok(), server.kind != Kind::Cyrus);
    Ok(())
}

/// What STATUS lines tell of a mailbox.
#[track_caller]
pub(crate) fn told(answer: &Answer, mailbox: &MailboxName<'_>) -> Vec<StatusValue<'static>> {
    let mut lines = answer.responses.iter().filter_map(|response| match response {
        Response::Status(status) if status.mailbox == *mailbox => Some(status),
        _ => None,
    });
    let line = lines.next().expect("a STATUS response");
    assert!(lines.next().is_none());
    // Owned one by one: a value cannot be had without the list that it is in.
    let owned = |value: StatusValue<'_>| match value {
        StatusValue::MailboxId(id) => StatusValue::MailboxId(id.into_owned()),
        StatusValue::Other { name, value } => {
            StatusValue::Other { name: name.into_owned(), value: value.into_owned() }
        }
        StatusValue::Messages(n) => StatusValue::Messages(n),
        StatusValue::Recent(n) => StatusValue::Recent(n),
        StatusValue::UidNext(n) => StatusValue::UidNext(n),
        StatusValue::UidValidity(n) => StatusValue::UidValidity(n),
        StatusValue::Unseen(n) => StatusValue::Unseen(n),
        StatusValue::Deleted(n) => StatusValue::Deleted(n),
        StatusValue::Size(n) => StatusValue::Size(n),
        StatusValue::DeletedStorage(n) => StatusValue::DeletedStorage(n),
        StatusValue::HighestModSeq(n) => StatusValue::HighestModSeq(n),
        StatusValue::AppendLimit(n) => StatusValue::AppendLimit(n),
        other => panic!("{other:?}"),
    };
    line.values.iter().map(owned).collect()
}

fn status(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fill(&mut session, &messages::six());
    let answer = session
        .run(&Command::Status {
            mailbox: mailbox.clone(),
            items: Cow::Borrowed(&[
                StatusItem::Messages,
                StatusItem::Recent,
                StatusItem::UidNext,
                StatusItem::UidValidity,
                StatusItem::Unseen,
            ]),
        })?
        .ok();
    let values = told(&answer, &mailbox);
    assert_eq!(values.len(), 5, "{values:?}");
    assert!(values.contains(&StatusValue::Messages(6)), "{values:?}");
    assert!(values.contains(&StatusValue::Unseen(4)), "{values:?}");
    let selected = session.run(&select(&mailbox))?.ok();
    let uid_validity = selected.codes().find_map(|code| match code {
        ResponseCode::UidValidity(value) => Some(*value),
        _ => None,
    });
    assert!(values.contains(&StatusValue::UidValidity(uid_validity.unwrap())));
    let uid_next = selected.codes().find_map(|code| match code {
        ResponseCode::UidNext(value) => Some(u64::from(*value)),
        _ => None,
    });
    assert!(values.contains(&StatusValue::UidNext(uid_next.unwrap())), "{values:?}");
    Ok(())
}

/// STATUS with one item, of a mailbox with all six messages.
fn one_item(server: &Server, session: &mut Session, item: StatusItem) -> StatusValue<'static> {
    let mailbox = server.fill(session, &messages::six());
    let answer = session
        .run(&Command::Status { mailbox: mailbox.clone(), items: Cow::Owned(vec![item]) })
        .unwrap()
        .ok();
    let mut values = told(&answer, &mailbox);
    assert_eq!(values.len(), 1, "{values:?}");
    values.remove(0)
}

fn status_size(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("STATUS=SIZE")?;
    let octets: usize = messages::six().iter().map(|one| one.octets.len()).sum();
    assert_eq!(one_item(server, &mut session, StatusItem::Size), StatusValue::Size(octets as u64));
    Ok(())
}

fn status_deleted(server: &Server) -> Outcome {
    let mut session = server.log_in();
    // Part of IMAP4rev2 and of QUOTA=RES-MESSAGE; no server here has either.
    if !session.has("IMAP4REV2") && !session.has("QUOTA=RES-MESSAGE") {
        return Err(NotOffered);
    }
    assert_eq!(one_item(server, &mut session, StatusItem::Deleted), StatusValue::Deleted(1));
    Ok(())
}

fn status_mod_seq(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("CONDSTORE")?;
    let StatusValue::HighestModSeq(value) =
        one_item(server, &mut session, StatusItem::HighestModSeq)
    else {
        panic!("no HIGHESTMODSEQ");
    };
    assert!(value.get() >= 1, "{value}");
    Ok(())
}

fn status_append_limit(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let limit = session.machine().capabilities().unwrap().append_limit().ok_or(NotOffered)?;
    // RFC 7889 section 3.1 wants the item only from a server that announces no number; these two do
    // not support it.
    assert!(limit > 0);
    let mailbox = server.fresh_name();
    session.run(&create(&mailbox))?.ok();
    session
        .run(&Command::Status { mailbox, items: Cow::Borrowed(&[StatusItem::AppendLimit]) })?
        .bad();
    Err(NotOffered)
}

fn status_mailbox_id(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("OBJECTID")?;
    let mailbox = server.fresh_name();
    let created = session.run(&create(&mailbox))?.ok();
    let Some(ResponseCode::MailboxId(id)) = created.code else {
        panic!("no MAILBOXID but {:?}", created.code);
    };
    let answer = session
        .run(&Command::Status {
            mailbox: mailbox.clone(),
            items: Cow::Borrowed(&[StatusItem::MailboxId]),
        })?
        .ok();
    assert_eq!(told(&answer, &mailbox), [StatusValue::MailboxId(id.clone())]);
    let selected = session.run(&select(&mailbox))?.ok();
    assert!(selected.codes().any(|code| *code == ResponseCode::MailboxId(id.clone())));
    Ok(())
}
