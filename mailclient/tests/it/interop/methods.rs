//! Every method of the trait that works over IMAP, on one server in one form.

use std::{num::NonZeroU32, time::Duration};

use mailclient::{
    Access, Account, Append, Change, DateTime, Error, Feature, FlagChange, Flags, FolderName,
    Folders, IdSet, List, Mailbox, MessageId, Outcome, Part, Protocol, Query, Report, Role,
    Summary, imap_proto_lite::Command,
};

use super::servers::{Server, Way, count_message};
use crate::suite::{Given, with_crlf};

/// How long a server may take to tell a change: no test waits for it but one that fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Plays every method against the INBOX and one folder of the user.
pub(crate) async fn over_imap(server: &Server, account: &Account, given: &[Given]) {
    let mut mailbox = server.connect(account, Access::ReadWrite).await;
    let mailbox = &mut *mailbox;
    server.make_folder(mailbox).await;
    empty(mailbox, &server.folder()).await;
    empty(mailbox, &FolderName::inbox()).await;
    uploads(server, mailbox, given).await;
    folders_are_listed(server, mailbox).await;
    windows(server, mailbox, given).await;
    bodies(server, mailbox, given).await;
    searches(server, mailbox).await;
    flags(server, mailbox).await;
    a_read_only_folder_stays_as_it_is(server, account).await;
    copies_and_moves(server, mailbox, given).await;
    deletions(server, account, mailbox).await;
    changes(server, account, mailbox, given).await;
    mailbox.keep_alive().await.unwrap();
    closes_twice(server, account, mailbox).await;
}

/// Removes every message of a folder.
async fn empty(mailbox: &mut dyn Mailbox, folder: &FolderName) {
    mailbox.open(folder, Access::ReadWrite).await.unwrap();
    let all = ids(mailbox).await.into_iter().collect();
    if mailbox.features().contains(Feature::Delete) {
        mailbox.delete(&all).unwrap();
        mailbox.expunge().await.unwrap();
    } else {
        // Without UIDPLUS: removed by hand.
        assert!(matches!(mailbox.delete(&all), Err(Error::Unsupported(Feature::Delete))));
        let mut deleted = Flags::new();
        deleted.deleted = true;
        mailbox.set_flags(&all, FlagChange::Add, &deleted).await.unwrap();
        mailbox.as_imap().unwrap().run(&Command::Expunge, |_| ()).await.unwrap();
    }
    let open = mailbox.open(folder, Access::ReadWrite).await.unwrap();
    assert_eq!((open.messages, open.access), (0, Access::ReadWrite));
    assert!(rows(mailbox, &List::all()).await.is_empty());
}

async fn rows(mailbox: &mut dyn Mailbox, list: &List) -> Vec<Summary> {
    mailbox.list(list).await.unwrap().collect(100_000).await.unwrap()
}

async fn ids(mailbox: &mut dyn Mailbox) -> Vec<MessageId> {
    rows(mailbox, &List::all()).await.into_iter().map(|row| row.id).collect()
}

async fn body(mailbox: &mut dyn Mailbox, id: &MessageId, part: &Part) -> Vec<u8> {
    let body = mailbox.fetch(id, part).await.unwrap_or_else(|error| panic!("{part:?}: {error}"));
    count_message();
    body.collect(u64::MAX).await.unwrap()
}

/// The flags and the time of the message at a place.
fn stored(place: usize) -> (Flags, DateTime) {
    let mut flags = Flags::new();
    (flags.seen, flags.flagged, flags.draft) = (place % 2 == 1, place % 3 == 1, place == 4);
    let mut received = DateTime::day(2026, 2, 1 + u8::try_from(place).unwrap()).unwrap();
    (received.hour, received.minute, received.offset_minutes) = (12, 30, -90);
    (flags, received)
}

/// APPEND with flags and date; status and rows tell them.
async fn uploads(server: &Server, mailbox: &mut dyn Mailbox, given: &[Given]) {
    let inbox = FolderName::inbox();
    for (place, message) in given.iter().enumerate() {
        let bytes = with_crlf(&message.bytes);
        let (flags, received) = stored(place);
        let options = Append::new(bytes.len() as u64).with_flags(flags).with_received(received);
        let id = mailbox.append(&inbox, &options, &mut &bytes[..]).await.unwrap();
        assert!(id.is_none_or(|id| id.folder() == Some(inbox.clone())), "{}", message.name);
    }
    let open = mailbox.open(&inbox, Access::ReadWrite).await.unwrap();
    let status = mailbox.status().await.unwrap();
    assert_eq!((open.messages, status.messages), (given.len() as u64, given.len() as u64));
    assert!(open.uid_validity.is_some() && status.uid_validity == open.uid_validity);
    assert_eq!(open.uid_next.is_none(), server.has(Way::NoUidNext), "{open:?}");
    for (place, row) in rows(mailbox, &List::all()).await.into_iter().enumerate() {
        let (flags, received) = stored(place);
        if server.has(Way::BareAppend) {
            assert_eq!(row.flags, Some(Flags::new()), "{place}");
            let one = IdSet::from(&row.id);
            mailbox.set_flags(&one, FlagChange::Replace, &flags).await.unwrap();
        } else {
            assert_eq!(row.flags, Some(flags), "{place}");
        }
        let told = row.received.unwrap().unix_seconds();
        assert_eq!(told != received.unix_seconds(), server.has(Way::BareAppend), "{place}");
        let held = server.held(&given[place].bytes, Protocol::Imap);
        assert_eq!(row.size.map(|size| size.bytes()), Some(held.len() as u64), "{place}");
    }
}

async fn folders_are_listed(server: &Server, mailbox: &mut dyn Mailbox) {
    let folders = mailbox.folders(&Folders::all()).await.unwrap();
    assert_eq!(folders[0].role, Some(Role::Inbox), "{folders:?}");
    let made = folders.iter().find(|folder| folder.name == server.folder()).unwrap();
    assert!(made.selectable, "{made:?}");
    mailbox.folders(&Folders::subscribed()).await.unwrap();
    let error =
        mailbox.open(&"INBOX.no such".parse().unwrap(), Access::ReadOnly).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)) && !error.needs_reconnect(), "{error}");
    assert!(matches!(mailbox.status().await, Err(Error::NoFolder)));
    let inbox = mailbox.open(&FolderName::inbox(), Access::ReadWrite).await.unwrap();
    assert_eq!(mailbox.selected(), Some(&inbox));
}

async fn windows(server: &Server, mailbox: &mut dyn Mailbox, given: &[Given]) {
    let all = ids(mailbox).await;
    for count in [0, 1, 5, 1000, u32::MAX] {
        let first = all.len().saturating_sub(count as usize);
        let newest: Vec<_> = rows(mailbox, &List::newest(count)).await;
        assert!(newest.iter().map(|row| &row.id).eq(&all[first..]), "{count}");
    }
    let after = rows(mailbox, &List::after(all[2].clone())).await;
    assert!(after.iter().map(|row| &row.id).eq(&all[3..]));
    assert!(rows(mailbox, &List::after(all[all.len() - 1].clone())).await.is_empty());
    let some: IdSet = [&all[1], &all[4]].into_iter().cloned().collect();
    let some = rows(mailbox, &List::ids(some).with_envelopes()).await;
    assert!(some.iter().map(|row| &row.id).eq([&all[1], &all[4]]));
    assert!(rows(mailbox, &List::ids(IdSet::new())).await.is_empty());
    for (row, message) in rows(mailbox, &List::all().with_envelopes()).await.iter().zip(given) {
        let envelope = row.envelope.as_deref().unwrap();
        let difference = crate::suite::peer::difference(&message.name, &message.bytes, envelope);
        assert_eq!(difference, None, "{}", server.name);
    }
}

async fn bodies(server: &Server, mailbox: &mut dyn Mailbox, given: &[Given]) {
    let all = ids(mailbox).await;
    for (id, message) in all.iter().zip(given) {
        let held = server.held(&message.bytes, Protocol::Imap);
        assert_eq!(body(mailbox, id, &Part::Whole).await, held, "{}", message.name);
        let range = Part::Whole.range(3..20);
        assert_eq!(body(mailbox, id, &range).await, &held[3..20], "{}", message.name);
        let end = held.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        assert_eq!(body(mailbox, id, &Part::Headers).await, &held[..end], "{}", message.name);
        let section = Part::section([NonZeroU32::MIN]);
        assert_eq!(body(mailbox, id, &section).await, &held[end..], "{}", message.name);
        let fields = body(mailbox, id, &Part::Fields(vec!["subject".into()])).await;
        let fields = fields.to_ascii_lowercase();
        assert!(fields.starts_with(b"subject: ") && fields.ends_with(b"\r\n\r\n"));
    }
    for part in [Part::Whole, Part::Headers, Part::Whole.range(0..10)] {
        let mut expected = Vec::new();
        for id in &all {
            expected.push((id.clone(), body(mailbox, id, &part).await));
        }
        let (everything, mut found) = (all.iter().cloned().collect(), Vec::new());
        let mut bodies = mailbox.fetch_many(&everything, &part).await.unwrap();
        while let Some(next) = bodies.next().await {
            let (id, body) = next.unwrap();
            found.push((id, body.unwrap().collect(u64::MAX).await.unwrap()));
        }
        assert_eq!(found, expected, "{part:?}");
    }
}

async fn found(mailbox: &mut dyn Mailbox, query: &Query, all: &[MessageId]) -> Vec<usize> {
    let found = mailbox.search(query).await.unwrap_or_else(|error| panic!("{query:?}: {error}"));
    let places = all.iter().enumerate().filter(|(_, id)| found.ids.contains(id));
    let places: Vec<_> = places.map(|(place, _)| place).collect();
    assert_eq!(found.ids.len(), places.len() as u64, "{query:?}");
    places
}

async fn searches(server: &Server, mailbox: &mut dyn Mailbox) {
    let all = ids(mailbox).await;
    let places = |wanted: fn(&Flags) -> bool| {
        let count = all.len();
        (0..count).filter(move |place| wanted(&stored(*place).0)).collect::<Vec<_>>()
    };
    // Mailutils goes by the field Date, which the messages lack.
    let since = if server.has(Way::BareAppend) { vec![] } else { vec![5, 6, 7] };
    let text = if server.has(Way::TextIsBody) { vec![] } else { vec![6] };
    let subject = |words: &str| Query::Subject(words.into());
    let rows = [
        (Query::All, (0..all.len()).collect()),
        (Query::Unseen, places(|flags| !flags.seen)),
        (Query::Flagged, places(|flags| flags.flagged)),
        (subject("plain"), vec![0]),
        (subject("no such words"), vec![]),
        (Query::From("j@example.org".into()), vec![3]),
        (subject("grü"), vec![3]),
        (Query::Body("hello".into()), vec![0, 1, 3]),
        (Query::Text("header only".into()), text),
        (Query::Larger(60_000), vec![7]),
        (Query::Or(vec![subject("plain"), subject("dots")]), vec![0, 2]),
        (Query::And(vec![subject("plain"), subject("dots")]), vec![]),
        (Query::Not(Box::new(Query::Larger(60_000))), (0..7).collect()),
        (Query::Since(DateTime::day(2026, 2, 6).unwrap()), since),
    ];
    for (query, expected) in rows {
        assert_eq!(found(mailbox, &query, &all).await, expected, "{query:?}");
    }
}

async fn all_flags(mailbox: &mut dyn Mailbox) -> Vec<Flags> {
    rows(mailbox, &List::all()).await.into_iter().map(|row| row.flags.unwrap()).collect()
}

async fn flags(server: &Server, mailbox: &mut dyn Mailbox) {
    let all = ids(mailbox).await;
    let two: IdSet = all[..2].iter().cloned().collect();
    let answered = Flags::new().with_answered();
    // Twice: the second time nothing changes, and some servers send no row then.
    for _ in 0..2 {
        let report = mailbox.set_flags(&two, FlagChange::Add, &answered).await.unwrap();
        assert_eq!(report.done(), two, "{report}");
    }
    let now = all_flags(mailbox).await;
    assert!(now.iter().map(|flags| flags.answered).eq((0..all.len()).map(|place| place < 2)));
    mailbox.set_flags(&two, FlagChange::Remove, &answered).await.unwrap();
    assert!(all_flags(mailbox).await.iter().all(|flags| !flags.answered));
    let keyword = Flags::new().with_seen().with_keyword("$Forwarded");
    let one = IdSet::from(&all[0]);
    let report = mailbox.set_flags(&one, FlagChange::Replace, &keyword).await;
    let expected = if server.has(Way::NoKeywords) { Flags::new().with_seen() } else { keyword };
    match report {
        Ok(_) => assert_eq!(all_flags(mailbox).await[0], expected),
        Err(error) => assert!(server.has(Way::NoKeywords), "{error}"),
    }
    mailbox.set_flags(&one, FlagChange::Replace, &stored(0).0).await.unwrap();
    let expected: Vec<_> = (0..all.len()).map(|place| stored(place).0).collect();
    assert_eq!(all_flags(mailbox).await, expected);
}

async fn a_read_only_folder_stays_as_it_is(server: &Server, account: &Account) {
    let mut mailbox = server.connect(account, Access::ReadOnly).await;
    let mailbox = &mut *mailbox;
    assert_eq!(mailbox.selected().unwrap().access, Access::ReadOnly);
    let before = all_flags(mailbox).await;
    let all: IdSet = ids(mailbox).await.into_iter().collect();
    let (seen, folder) = (Flags::new().with_seen(), server.folder());
    let refusals = [
        mailbox.set_flags(&all, FlagChange::Add, &seen).await.map(drop).unwrap_err(),
        mailbox.move_to(&all, &folder).await.map(drop).unwrap_err(),
        mailbox.delete(&all).unwrap_err(),
    ];
    for error in refusals {
        let cause = match &error {
            Error::Partial(report) => report.cause().unwrap(),
            other => other,
        };
        let is_refused = match cause {
            Error::Unsupported(feature) => !mailbox.features().contains(*feature),
            cause => matches!(cause, Error::ReadOnly(folder) if folder.is_inbox()),
        };
        assert!(is_refused, "{error}");
    }
    let expunged = mailbox.expunge().await;
    let is_possible = mailbox.features().contains(Feature::Expunge);
    assert_eq!(expunged.is_ok_and(|report| report.is_empty()), is_possible);
    for id in all.iter() {
        body(mailbox, &id, &Part::Whole).await;
    }
    assert!(mailbox.close().await.unwrap().is_empty());
    let mut other = server.connect(account, Access::ReadWrite).await;
    assert_eq!(all_flags(&mut *other).await, before, "{account}");
    assert!(other.close().await.unwrap().is_empty());
}

/// The ids of the copies, where the server tells them.
fn new_ids(report: &Report) -> Vec<MessageId> {
    let new = |outcome| match outcome {
        Outcome::Done { new, .. } => new,
        other => panic!("{other:?}"),
    };
    report.iter().filter_map(|(_, outcome)| new(outcome)).collect()
}

async fn copies_and_moves(server: &Server, mailbox: &mut dyn Mailbox, given: &[Given]) {
    let (inbox, folder) = (FolderName::inbox(), server.folder());
    let all = ids(mailbox).await;
    let some: IdSet = all[2..4].iter().cloned().collect();
    let copied = mailbox.copy(&some, &folder).await.unwrap();
    assert_eq!(copied.done(), some, "{copied}");
    let last = IdSet::from(&all[5]);
    mailbox.copy(&last, &folder).await.unwrap();
    let error = mailbox.copy(&last, &"INBOX.no such".parse().unwrap()).await.unwrap_err();
    assert!(matches!(&error, Error::Partial(report) if report.to_repeat() == last), "{error}");
    mailbox.open(&folder, Access::ReadWrite).await.unwrap();
    let there = ids(mailbox).await;
    let new = new_ids(&copied);
    assert!(new.is_empty() || new == there[..2], "{new:?} {there:?}");
    for (id, place) in there.iter().zip([2, 3, 5]) {
        let held = server.held(&given[place].bytes, Protocol::Imap);
        assert_eq!(body(mailbox, id, &Part::Whole).await, held);
    }
    refuses_ids_of_another_folder(mailbox, &all[0], &inbox).await;
    assert_eq!(all_flags(mailbox).await, [2, 3, 5].map(|place| stored(place).0));
    if !mailbox.features().contains(Feature::Move) {
        mailbox.open(&inbox, Access::ReadWrite).await.unwrap();
        return;
    }
    // One goes to INBOX and is its newest message there.
    let moved = mailbox.move_to(&IdSet::from(&there[2]), &inbox).await.unwrap();
    assert_eq!(moved.done(), IdSet::from(&there[2]), "{moved}");
    assert_eq!(ids(mailbox).await, there[..2]);
    mailbox.open(&inbox, Access::ReadWrite).await.unwrap();
    let newest = ids(mailbox).await.pop().unwrap();
    assert!(!all.contains(&newest) && new_ids(&moved).iter().all(|id| *id == newest));
    let held = server.held(&given[5].bytes, Protocol::Imap);
    assert_eq!(body(mailbox, &newest, &Part::Whole).await, held);
    mailbox.delete(&IdSet::from(&newest)).unwrap();
    mailbox.expunge().await.unwrap();
    assert_eq!(ids(mailbox).await, all);
}

async fn refuses_ids_of_another_folder(
    mailbox: &mut dyn Mailbox,
    id: &MessageId,
    inbox: &FolderName,
) {
    let (set, seen, list) = (IdSet::from(id), Flags::new().with_seen(), List::ids(id.into()));
    let errors = [
        mailbox.fetch(id, &Part::Whole).await.map(drop).unwrap_err(),
        mailbox.fetch_many(&set, &Part::Whole).await.map(drop).unwrap_err(),
        mailbox.list(&list).await.map(drop).unwrap_err(),
        mailbox.list(&List::after(id.clone())).await.map(drop).unwrap_err(),
        mailbox.set_flags(&set, FlagChange::Add, &seen).await.map(drop).unwrap_err(),
        mailbox.copy(&set, inbox).await.map(drop).unwrap_err(),
        mailbox.move_to(&set, inbox).await.map(drop).unwrap_err(),
        mailbox.delete(&set).unwrap_err(),
    ];
    for error in errors {
        let is_refused = match &error {
            Error::Partial(report) => matches!(report.cause(), Some(Error::OtherFolder { .. })),
            Error::Unsupported(feature) => !mailbox.features().contains(*feature),
            error => matches!(error, Error::OtherFolder { .. }),
        };
        assert!(is_refused, "{error}");
    }
}

async fn deletions(server: &Server, account: &Account, mailbox: &mut dyn Mailbox) {
    if !mailbox.features().contains(Feature::Delete) {
        return;
    }
    let all = ids(mailbox).await;
    let two: IdSet = [&all[1], &all[3]].into_iter().cloned().collect();
    let rest: Vec<_> = all.iter().filter(|id| !two.contains(id)).cloned().collect();
    mailbox.delete(&two).unwrap();
    assert_eq!(ids(mailbox).await, rest);
    assert_eq!(mailbox.status().await.unwrap().messages, rest.len() as u64);
    assert_eq!(mailbox.search(&Query::All).await.unwrap().ids, rest.iter().cloned().collect());
    let error = mailbox.fetch(&all[1], &Part::Whole).await.err().unwrap();
    assert!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    let mut other = server.connect(account, Access::ReadOnly).await;
    assert_eq!(ids(&mut *other).await, all, "a mark is ours alone");
    assert!(other.close().await.unwrap().is_empty());
    mailbox.undelete(&two).unwrap();
    assert_eq!(ids(mailbox).await, all);
    mailbox.delete(&two).unwrap();
    mailbox.undelete(&IdSet::from(&all[1])).unwrap();
    let report = mailbox.expunge().await.unwrap();
    assert_eq!(report.done(), IdSet::from(&all[3]), "{report}");
    let rest: Vec<_> = all.iter().filter(|id| **id != all[3]).cloned().collect();
    assert_eq!(ids(mailbox).await, rest);
    let error = mailbox.fetch(&all[3], &Part::Whole).await.err().unwrap();
    assert!(matches!(error, Error::NoSuchMessage(_)), "{error}");
}

/// Another session appends, changes flags and removes; the first hears of each.
async fn changes(server: &Server, account: &Account, mailbox: &mut dyn Mailbox, given: &[Given]) {
    let before = mailbox.status().await.unwrap().messages;
    let mut other = server.connect(account, Access::ReadWrite).await;
    let bytes = with_crlf(&given[0].bytes);
    let options = Append::new(bytes.len() as u64);
    other.append(&FolderName::inbox(), &options, &mut &bytes[..]).await.unwrap();
    let wanted = |change: &Change| match change {
        Change::New { messages, .. } => *messages == before + 1,
        _ => false,
    };
    await_change((server, "no new message"), mailbox, wanted).await;
    // At Courier thanks to the NOOP after APPEND, which tells the session nothing by itself:
    // `S: KRNQ4 OK [APPENDUID 796001524 20] APPEND Ok.`, `C: ZZJX5 FETCH 1:* (UID ..`, and the last
    // row was `S: * 7 FETCH (UID 18 ..`.
    let newest = rows(&mut *other, &List::newest(1)).await.pop().unwrap();
    let was_flagged = newest.flags.is_some_and(|flags| flags.flagged);
    assert!(!was_flagged || server.has(Way::TellsNoFlags), "there is nothing to tell");
    let newest = IdSet::from(&newest.id);
    other.set_flags(&newest, FlagChange::Add, &Flags::new().with_flagged()).await.unwrap();
    let wanted = |change: &Change| matches!(change, Change::Flags { flags, .. } if flags.flagged);
    if !server.has(Way::TellsNoFlags) {
        await_change((server, "no flags"), mailbox, wanted).await;
    }
    if !other.features().contains(Feature::Delete) {
        assert!(other.close().await.unwrap().is_empty());
        return;
    }
    other.delete(&newest).unwrap();
    assert_eq!(other.close().await.unwrap().done(), newest);
    let wanted = |change: &Change| matches!(change, Change::Removed { .. });
    await_change((server, "no removal"), mailbox, wanted).await;
    assert_eq!(mailbox.status().await.unwrap().messages, before);
}

async fn await_change(
    (server, what): (&Server, &str),
    mailbox: &mut dyn Mailbox,
    wanted: impl Fn(&Change) -> bool,
) {
    for _ in 0..20 {
        let change = tokio::time::timeout(PATIENCE, mailbox.next_change()).await;
        let change = change.unwrap_or_else(|_| panic!("{}: {what}", server.name)).unwrap();
        if wanted(&change) {
            return;
        }
        let is_alert = matches!(change, Change::Alert(_));
        assert!(!is_alert || server.has(Way::Alerts), "{change:?}");
    }
    panic!("{}: the change did not come", server.name);
}

async fn closes_twice(server: &Server, account: &Account, mailbox: &mut dyn Mailbox) {
    let mut one = IdSet::from(&ids(mailbox).await[0]);
    match mailbox.features().contains(Feature::Delete) {
        true => mailbox.delete(&one).unwrap(),
        false => one = IdSet::new(),
    }
    let report = mailbox.close().await.unwrap();
    assert_eq!((report.len(), report.done()), (one.len(), one.clone()), "{report}");
    assert_eq!(mailbox.close().await.unwrap().done(), one);
    assert!(mailbox.status().await.is_err_and(|error| error.needs_reconnect()));
    let mut other = server.connect(account, Access::ReadOnly).await;
    assert!(!ids(&mut *other).await.iter().any(|id| one.contains(id)));
    assert!(other.close().await.unwrap().is_empty());
}
