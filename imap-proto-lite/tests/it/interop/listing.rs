//! Names of mailboxes: LIST in all its forms, LSUB and the subscriptions.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, MailboxName, Response,
    command::{ListReturn, ListSelection, StatusItem},
    name_attribute::NameAttribute,
    response::{ListEntry, StatusValue},
};

use super::{
    answer::Answer,
    check::Check,
    mailboxes::told,
    messages,
    server::{Kind, Server, create, name, select},
    session::{Outcome, Session},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "LIST", run: list },
    Check { row: "LIST, names beyond ASCII", run: odd_names },
    Check { row: "LIST (SUBSCRIBED RECURSIVEMATCH), many patterns", run: list_selection },
    Check { row: "LIST RETURN (SUBSCRIBED CHILDREN)", run: list_return },
    Check { row: "LIST (SPECIAL-USE), RETURN (SPECIAL-USE)", run: list_special_use },
    Check { row: "LIST RETURN (STATUS)", run: list_status },
    Check { row: "LIST RETURN (STATUS (MAILBOXID))", run: list_mailbox_id },
    Check { row: "LIST RETURN (MYRIGHTS)", run: list_my_rights },
    Check { row: "SUBSCRIBE, LSUB, UNSUBSCRIBE", run: subscriptions },
];

pub(crate) fn listing(pattern: &str) -> Command<'static> {
    Command::List {
        reference: name(""),
        patterns: Cow::Owned(vec![name(pattern)]),
        selection: ListSelection::default(),
        returns: ListReturn::default(),
    }
}

fn entries(answer: &Answer) -> impl Iterator<Item = &ListEntry<'static>> {
    answer.responses.iter().filter_map(|response| match response {
        Response::List(entry) | Response::Lsub(entry) => Some(entry),
        _ => None,
    })
}

/// The names in a LIST or LSUB answer, as people read them.
pub(crate) fn names(answer: &Answer) -> Vec<String> {
    let mut names: Vec<String> =
        entries(answer).map(|entry| entry.mailbox.decoded(false).into_owned()).collect();
    names.sort();
    names
}

#[track_caller]
pub(crate) fn entry<'a>(answer: &'a Answer, mailbox: &str) -> &'a ListEntry<'static> {
    entries(answer)
        .find(|entry| entry.mailbox.decoded(false) == mailbox)
        .unwrap_or_else(|| panic!("{mailbox:?} is not in {:?}", answer.responses))
}

pub(crate) fn is(entry: &ListEntry<'_>, attribute: &NameAttribute<'_>) -> bool {
    entry.attributes.iter().any(|one| one == *attribute)
}

/// An unused name for a tree of mailboxes.
pub(crate) fn tree(server: &Server) -> String {
    server.fresh_name().decoded(false).replace(' ', "-")
}

pub(crate) fn make(session: &mut Session, mailbox: &str) {
    session.run(&create(&name(mailbox))).unwrap().ok();
}

fn list(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let top = tree(server);
    for mailbox in [top.clone(), format!("{top}/a"), format!("{top}/a/b c")] {
        make(&mut session, &mailbox);
    }
    let all = session.run(&listing(&format!("{top}*")))?.ok();
    assert_eq!(names(&all), [top.clone(), format!("{top}/a"), format!("{top}/a/b c")]);
    assert!(entries(&all).all(|entry| entry.delimiter == Some(b'/')));
    let level = session.run(&listing(&format!("{top}/%")))?.ok();
    assert_eq!(names(&level), [format!("{top}/a")]);
    // The attributes of CHILDREN, where they are told.
    if session.has("CHILDREN") {
        assert!(is(entry(&all, &top), &NameAttribute::HasChildren));
        let leaf = entry(&all, &format!("{top}/a/b c"));
        assert!(is(leaf, &NameAttribute::HasNoChildren));
    }
    // Cyrus matches patterns case-sensitively here too (RFC 9051 section 5.1: INBOX is
    // case-insensitive).
    let inbox = session.run(&listing("InBox"))?.ok();
    assert_eq!(names(&inbox).is_empty(), server.kind == Kind::Cyrus);
    let inbox = session.run(&listing("INBOX"))?.ok();
    assert!(entries(&inbox).any(|entry| entry.mailbox.is_inbox()));
    let delimiter = entries(&inbox).next().unwrap().delimiter;
    assert_eq!(delimiter.is_none(), server.kind == Kind::Mailutils);
    // The empty pattern asks for the delimiter only.
    let root = session.run(&listing(""))?.ok();
    let root: Vec<_> = entries(&root).collect();
    assert_eq!(root.len(), 1);
    assert_eq!(root[0].delimiter, Some(b'/'));
    assert_eq!(root[0].mailbox.decoded(false), "");
    let nothing = session.run(&listing("no such mailbox"))?.ok();
    assert_eq!(names(&nothing), [""; 0]);
    Ok(())
}

fn odd_names(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let top = tree(server);
    for odd in ["\u{dc}ber & \u{65e5}\u{672c}\u{8a9e}", "a\"b", "(c) [d]", "e\u{301} \u{1f4e7}"] {
        let mailbox = format!("{top}-{odd}");
        let created = session.run(&create(&name(&mailbox)))?;
        if odd == "a\"b" && server.kind == Kind::Cyrus {
            // A quote is not in the list of characters that Cyrus takes.
            created.no();
            continue;
        }
        created.ok();
        // The same name comes back in a listing, in STATUS and as the argument of the next command.
        let all = session.run(&listing(&format!("{top}*")))?.ok();
        let found = entry(&all, &mailbox).mailbox.clone();
        assert_eq!(found, name(&mailbox));
        let answer = session
            .run(&Command::Status {
                mailbox: found.clone(),
                items: Cow::Borrowed(&[StatusItem::Messages]),
            })?
            .ok();
        assert_eq!(told(&answer, &found), [StatusValue::Messages(0)]);
        session.run(&select(&found))?.ok();
        session.run(&Command::Close)?.ok();
        session.run(&Command::Delete { mailbox: found })?.ok();
        assert_eq!(names(&session.run(&listing(&format!("{top}*")))?.ok()), [""; 0]);
    }
    Ok(())
}

/// A tree: `top`, `top/a`, `top/a/b`, `top/c`, of which `top/a/b` and `top/c` are subscribed.
fn forest(server: &Server, session: &mut Session) -> Outcome<String> {
    let top = tree(server);
    for mailbox in [top.clone(), format!("{top}/a"), format!("{top}/a/b"), format!("{top}/c")] {
        make(session, &mailbox);
    }
    for mailbox in ["a", "a/b", "c"] {
        let mailbox = name(&format!("{top}/{mailbox}"));
        session.run(&Command::Unsubscribe { mailbox: mailbox.clone() })?;
        if mailbox.decoded(false) != format!("{top}/a") {
            session.run(&Command::Subscribe { mailbox })?.ok();
        }
    }
    Ok(top)
}

fn list_selection(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("LIST-EXTENDED")?;
    let top = forest(server, &mut session)?;
    let mut selection = ListSelection::default();
    selection.subscribed = true;
    let subscribed = |patterns: Vec<MailboxName<'static>>, selection| Command::List {
        reference: name(""),
        patterns: Cow::Owned(patterns),
        selection,
        returns: ListReturn::default(),
    };
    let both = vec![name(&format!("{top}/a*")), name(&format!("{top}/c"))];
    let answer = session.run(&subscribed(both, selection))?.ok();
    assert_eq!(names(&answer), [format!("{top}/a/b"), format!("{top}/c")]);
    for entry in entries(&answer) {
        assert!(is(entry, &NameAttribute::Subscribed), "{entry:?}");
    }
    // RECURSIVEMATCH gives the parent that does not match itself, and says why.
    selection.recursive_match = true;
    let level = vec![name(&format!("{top}/%"))];
    let answer = session.run(&subscribed(level, selection))?.ok();
    assert_eq!(names(&answer), [format!("{top}/a"), format!("{top}/c")]);
    let parent = entry(&answer, &format!("{top}/a"));
    assert!(!is(parent, &NameAttribute::Subscribed));
    assert!(
        parent.child_info.iter().any(|one| one.eq_ignore_ascii_case("SUBSCRIBED")),
        "{parent:?}"
    );
    assert!(entry(&answer, &format!("{top}/c")).child_info.is_empty());
    Ok(())
}

fn list_return(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("LIST-EXTENDED")?;
    let top = forest(server, &mut session)?;
    let mut returns = ListReturn::default();
    returns.subscribed = true;
    returns.children = true;
    let answer = session
        .run(&Command::List {
            reference: name(""),
            patterns: Cow::Owned(vec![name(&format!("{top}*"))]),
            selection: ListSelection::default(),
            returns,
        })?
        .ok();
    assert_eq!(names(&answer).len(), 4);
    for (mailbox, subscribed, children) in
        [("", false, true), ("/a", false, true), ("/a/b", true, false), ("/c", true, false)]
    {
        let entry = entry(&answer, &format!("{top}{mailbox}"));
        assert_eq!(is(entry, &NameAttribute::Subscribed), subscribed, "{entry:?}");
        assert_eq!(is(entry, &NameAttribute::HasChildren), children, "{entry:?}");
        assert_eq!(is(entry, &NameAttribute::HasNoChildren), !children, "{entry:?}");
    }
    Ok(())
}

fn list_special_use(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("SPECIAL-USE")?;
    let mut selection = ListSelection::default();
    let mut returns = ListReturn::default();
    returns.special_use = true;
    let everything = |selection, returns| Command::List {
        reference: name(""),
        patterns: Cow::Owned(vec![name("*")]),
        selection,
        returns,
    };
    let all = session.run(&everything(selection, returns.clone()))?.ok();
    // Cyrus writes them in lower case, as its configuration does.
    assert!(is(entry(&all, "Trash"), &NameAttribute::Trash));
    assert!(!is(entry(&all, "INBOX"), &NameAttribute::Trash));
    selection.special_use = true;
    let special = session.run(&everything(selection, returns))?.ok();
    let special = names(&special);
    match server.kind {
        Kind::Cyrus => {
            for mailbox in ["Archive", "Drafts", "Sent", "Trash"] {
                assert!(special.iter().any(|one| one == mailbox), "{special:?}");
            }
        }
        _ => assert!(special.iter().any(|one| one == "Trash"), "{special:?}"),
    }
    assert!(!special.iter().any(|one| one == "INBOX"), "{special:?}");
    Ok(())
}

fn list_status(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("LIST-STATUS")?;
    let filled = server.fill(&mut session, &messages::some(3));
    let empty = server.fresh_name();
    session.run(&create(&empty))?.ok();
    let mut returns = ListReturn::default();
    returns.status =
        Cow::Borrowed(&[StatusItem::Messages, StatusItem::Unseen, StatusItem::UidNext]);
    let answer = session
        .run(&Command::List {
            reference: name(""),
            patterns: Cow::Owned(vec![filled.clone(), empty.clone()]),
            selection: ListSelection::default(),
            returns,
        })?
        .ok();
    assert_eq!(entries(&answer).count(), 2);
    for (mailbox, count, unseen) in [(&filled, 3, 2), (&empty, 0, 0)] {
        let values = told(&answer, mailbox);
        assert!(values.contains(&StatusValue::Messages(count)), "{values:?}");
        assert!(values.contains(&StatusValue::Unseen(unseen)), "{values:?}");
        assert!(values.contains(&StatusValue::UidNext(count + 1)), "{values:?}");
    }
    Ok(())
}

/// Cyrus prints bytes of its memory in place of the id, here and not in STATUS; any but CRLF
/// are possible. An unreadable line is lost alone.
fn list_mailbox_id(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("LIST-STATUS")?;
    session.needs("OBJECTID")?;
    session.expects_damage = server.kind == Kind::Cyrus;
    let mailbox = server.fill(&mut session, &messages::some(2));
    let mut returns = ListReturn::default();
    returns.status = Cow::Borrowed(&[StatusItem::Messages, StatusItem::MailboxId]);
    let answer = session
        .run(&Command::List {
            reference: name(""),
            patterns: Cow::Owned(vec![mailbox.clone()]),
            selection: ListSelection::default(),
            returns,
        })?
        .ok();
    assert_eq!(names(&answer), [mailbox.decoded(false)]);
    let right = session
        .run(&Command::Status {
            mailbox: mailbox.clone(),
            items: Cow::Borrowed(&[StatusItem::MailboxId]),
        })?
        .ok();
    let right = told(&right, &mailbox);
    assert!(matches!(&right[..], [StatusValue::MailboxId(_)]));
    let garbage = answer.responses.iter().any(|response| match response {
        Response::Status(status) => !status.values.iter().any(|value| value == right[0]),
        Response::Malformed { raw } => raw.starts_with(b"* STATUS "),
        _ => false,
    });
    assert_eq!(garbage, server.kind == Kind::Cyrus);
    session.run(&Command::Noop)?.ok();
    Ok(())
}

fn list_my_rights(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mut returns = ListReturn::default();
    returns.my_rights = true;
    let answer = session
        .run(&Command::List {
            reference: name(""),
            patterns: Cow::Owned(vec![name("INBOX")]),
            selection: ListSelection::default(),
            returns,
        })?
        .ok();
    let rights = answer.responses.iter().find_map(|response| match response {
        Response::MyRights { mailbox, rights } if mailbox.is_inbox() => Some(rights.to_str_lossy()),
        _ => None,
    });
    let rights = rights.expect("a MYRIGHTS response");
    assert!(rights.contains('l') && rights.contains('r') && rights.contains('a'), "{rights}");
    Ok(())
}

fn subscriptions(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let top = tree(server);
    make(&mut session, &top);
    make(&mut session, &format!("{top}/sub"));
    let lsub = Command::Lsub { reference: name(""), pattern: name(&format!("{top}*")) };
    for mailbox in [top.clone(), format!("{top}/sub")] {
        session.run(&Command::Unsubscribe { mailbox: name(&mailbox) })?;
    }
    assert_eq!(names(&session.run(&lsub)?.ok()), [""; 0]);
    let sub = name(&format!("{top}/sub"));
    session.run(&Command::Subscribe { mailbox: sub.clone() })?.ok();
    // pymap gives the parent here too.
    let told = session.run(&lsub)?.ok();
    assert_eq!(names(&told).len(), if server.kind == Kind::Pymap { 2 } else { 1 });
    assert!(!is(entry(&told, &format!("{top}/sub")), &NameAttribute::NoSelect));
    // `%` shows the parent, which is not subscribed, as not selectable (RFC 3501 section 6.3.9).
    let level = session
        .run(&Command::Lsub { reference: name(""), pattern: name(&format!("{top}%")) })?
        .ok();
    match server.kind {
        Kind::Dovecot | Kind::Cyrus | Kind::Pymap => {
            assert!(is(entry(&level, &top), &NameAttribute::NoSelect), "{:?}", level.responses);
        }
        Kind::Mailutils => assert_eq!(names(&level), [""; 0]),
    }
    session.run(&Command::Unsubscribe { mailbox: sub })?.ok();
    assert_eq!(names(&session.run(&lsub)?.ok()), [""; 0]);
    Ok(())
}
