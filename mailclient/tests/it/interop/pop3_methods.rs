//! Every method of the trait over POP3, on one server in one form.

use std::num::NonZeroU32;

use mailclient::{
    Access, Account, Append, Error, Feature, FlagChange, Flags, FolderName, Folders, IdSet, List,
    Mailbox, MessageId, Part, Protocol, Query, Summary,
};

use super::servers::{Server, Way, count_message};
use crate::suite::{Given, with_crlf};

/// Plays every method against the maildrop of the user.
pub(crate) async fn over_pop3(server: &Server, account: &Account, given: &[Given]) {
    deliver(server, account, given).await;
    let mut mailbox = server.connect(account, Access::ReadOnly).await;
    a_read_only_maildrop_stays_as_it_is(&mut *mailbox).await;
    let mut mailbox = server.connect(account, Access::ReadWrite).await;
    let mailbox = &mut *mailbox;
    assert_eq!(mailbox.status().await.unwrap().messages, given.len() as u64);
    let given = &as_listed(mailbox, given).await;
    let expected: Vec<_> =
        given.iter().map(|message| server.held(&message.bytes, Protocol::Pop3)).collect();
    windows(mailbox, given).await;
    bodies(server, mailbox, expected).await;
    what_pop3_lacks(mailbox).await;
    mailbox.keep_alive().await.unwrap();
    deletions(server, account, mailbox).await;
}

/// Empties the maildrop and fills it again, in this order.
async fn deliver(server: &Server, account: &Account, given: &[Given]) {
    let mut mailbox = server.connect(account, Access::ReadWrite).await;
    let all = ids(&mut *mailbox).await;
    mailbox.delete(&all.iter().cloned().collect()).unwrap();
    assert_eq!(mailbox.close().await.unwrap().done().len(), all.len() as u64);
    let Some(imap) = server.imap() else {
        let drop = std::path::PathBuf::from(server.variable("MAIL")).join(server.user);
        std::fs::write(drop, mbox(given)).unwrap();
        return;
    };
    let mut mailbox = server.connect(&imap, Access::ReadWrite).await;
    for message in given {
        let bytes = with_crlf(&message.bytes);
        let options = Append::new(bytes.len() as u64);
        mailbox.append(&FolderName::inbox(), &options, &mut &bytes[..]).await.unwrap();
    }
    assert!(mailbox.close().await.unwrap().is_empty());
}

/// The format of popa3d's maildrop: a line `From `, the message with LF, an empty line.
fn mbox(given: &[Given]) -> Vec<u8> {
    let mut mbox = Vec::new();
    for (place, message) in given.iter().enumerate() {
        // Without a Message-ID the unique-id depends on this line alone.
        let line = format!("From ann@example.org Sun Feb  1 12:00:{place:02} 2026\n");
        mbox.extend_from_slice(line.as_bytes());
        let held = with_crlf(&message.bytes);
        mbox.extend(held.iter().filter(|byte| **byte != b'\r'));
        mbox.extend_from_slice(if held.ends_with(b"\n") { b"\n" } else { b"\n\n" });
    }
    mbox
}

async fn rows(mailbox: &mut dyn Mailbox, list: &List) -> Vec<Summary> {
    mailbox.list(list).await.unwrap().collect(100_000).await.unwrap()
}

async fn ids(mailbox: &mut dyn Mailbox) -> Vec<MessageId> {
    rows(mailbox, &List::all()).await.into_iter().map(|row| row.id).collect()
}

async fn body(mailbox: &mut dyn Mailbox, id: &MessageId, part: &Part) -> Vec<u8> {
    count_message();
    mailbox.fetch(id, part).await.unwrap().collect(u64::MAX).await.unwrap()
}

async fn a_read_only_maildrop_stays_as_it_is(mailbox: &mut dyn Mailbox) {
    let all: IdSet = ids(mailbox).await.into_iter().collect();
    let error = mailbox.delete(&all).unwrap_err();
    assert!(matches!(&error, Error::ReadOnly(folder) if folder.is_inbox()), "{error}");
    assert!(mailbox.close().await.unwrap().is_empty());
    assert!(mailbox.close().await.unwrap().is_empty());
}

/// The messages in the order of this session: POP3 promises none (RFC 1939 section 5), and that of
/// Courier is not always the order of the uploads.
async fn as_listed<'a>(mailbox: &mut dyn Mailbox, given: &'a [Given]) -> Vec<&'a Given> {
    let (mut listed, mut left) = (Vec::new(), given.iter().collect::<Vec<_>>());
    for row in rows(mailbox, &List::all().with_envelopes()).await {
        let message_id = row.envelope.unwrap().message_id.unwrap();
        let field = format!("Message-ID: <{message_id}>\n");
        let place = left.iter().position(|given| given.bytes.starts_with(field.as_bytes()));
        listed.push(left.swap_remove(place.unwrap_or_else(|| panic!("{field}"))));
    }
    assert!(left.is_empty());
    listed
}

async fn windows(mailbox: &mut dyn Mailbox, given: &[&Given]) {
    let all = ids(mailbox).await;
    for count in [0, 1, 5, 1000, u32::MAX] {
        let first = all.len().saturating_sub(count as usize);
        let newest: Vec<_> = rows(mailbox, &List::newest(count)).await;
        assert!(newest.iter().map(|row| &row.id).eq(&all[first..]), "{count}");
    }
    let after = rows(mailbox, &List::after(all[2].clone())).await;
    assert!(after.iter().map(|row| &row.id).eq(&all[3..]));
    let some: IdSet = [&all[1], &all[4]].into_iter().cloned().collect();
    let some = rows(mailbox, &List::ids(some)).await;
    assert!(some.iter().map(|row| &row.id).eq([&all[1], &all[4]]));
    for (row, message) in rows(mailbox, &List::all().with_envelopes()).await.iter().zip(given) {
        let envelope = row.envelope.as_deref().unwrap();
        let difference = crate::suite::peer::difference(&message.name, &message.bytes, envelope);
        assert_eq!(difference, None);
        assert!(row.size.is_some_and(|size| size.bytes() > 0));
    }
}

async fn bodies(server: &Server, mailbox: &mut dyn Mailbox, mut expected: Vec<Vec<u8>>) {
    let all = ids(mailbox).await;
    for (id, held) in all.iter().zip(&mut expected) {
        if server.has(Way::AddsUidl) {
            let end = held.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 2;
            let id = id.to_string();
            let field = format!("X-UIDL: {}\r\n", id.strip_prefix("pop1:").unwrap());
            held.splice(end..end, field.into_bytes());
        }
        assert_eq!(body(mailbox, id, &Part::Whole).await, *held, "{id}");
        let end = held.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        assert_eq!(body(mailbox, id, &Part::Headers).await, &held[..end], "{id}");
    }
    let (everything, mut found) = (all.iter().cloned().collect(), Vec::new());
    let mut bodies = mailbox.fetch_many(&everything, &Part::Whole).await.unwrap();
    while let Some(next) = bodies.next().await {
        count_message();
        let (id, body) = next.unwrap();
        found.push((id, body.unwrap().collect(u64::MAX).await.unwrap()));
    }
    found.sort_by_key(|(id, _)| all.iter().position(|known| known == id));
    assert!(found.iter().map(|(id, _)| id).eq(&all));
    assert!(found.iter().map(|(_, body)| body).eq(&expected));
}

async fn what_pop3_lacks(mailbox: &mut dyn Mailbox) {
    let id = ids(mailbox).await.remove(0);
    let (one, inbox, seen) = (IdSet::from(&id), FolderName::inbox(), Flags::new().with_seen());
    let (section, range) = (Part::section([NonZeroU32::MIN]), Part::Whole.range(0..5));
    let (options, other) = (Append::new(2), "Other".parse().unwrap());
    let errors = [
        (Feature::Sections, mailbox.fetch(&id, &section).await.map(drop)),
        (Feature::Sections, mailbox.fetch(&id, &range).await.map(drop)),
        (Feature::Search, mailbox.search(&Query::All).await.map(drop)),
        (Feature::Folders, mailbox.folders(&Folders::all()).await.map(drop)),
        (Feature::Flags, mailbox.set_flags(&one, FlagChange::Add, &seen).await.map(drop)),
        (Feature::Append, mailbox.append(&inbox, &options, &mut &b"\r\n"[..]).await.map(drop)),
        (Feature::Copy, mailbox.copy(&one, &inbox).await.map(drop)),
        (Feature::Move, mailbox.move_to(&one, &inbox).await.map(drop)),
        (Feature::Expunge, mailbox.expunge().await.map(drop)),
        (Feature::Changes, mailbox.next_change().await.map(drop)),
        (Feature::Folders, mailbox.open(&other, Access::ReadOnly).await.map(drop)),
    ];
    for (feature, outcome) in errors {
        let error = outcome.unwrap_err();
        assert!(matches!(&error, Error::Unsupported(lacking) if *lacking == feature), "{error}");
        assert!(!mailbox.features().contains(feature), "{feature:?}");
    }
    mailbox.open(&inbox, Access::ReadWrite).await.unwrap();
    let foreign: MessageId = "imap1:1:1:INBOX".parse().unwrap();
    let error = mailbox.fetch(&foreign, &Part::Whole).await.map(drop).unwrap_err();
    assert!(matches!(error, Error::WrongProtocol(_)), "{error}");
    let error = mailbox.delete(&IdSet::from(&foreign)).unwrap_err();
    assert!(matches!(error, Error::WrongProtocol(_)), "{error}");
}

async fn deletions(server: &Server, account: &Account, mailbox: &mut dyn Mailbox) {
    let all = ids(mailbox).await;
    let two: IdSet = [&all[1], &all[3]].into_iter().cloned().collect();
    let rest: Vec<_> = all.iter().filter(|id| **id != all[3]).cloned().collect();
    mailbox.delete(&two).unwrap();
    assert_eq!(mailbox.status().await.unwrap().messages, all.len() as u64 - 2);
    let error = mailbox.fetch(&all[1], &Part::Whole).await.err().unwrap();
    assert!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    mailbox.undelete(&IdSet::from(&all[1])).unwrap();
    assert_eq!(ids(mailbox).await, rest);
    let report = mailbox.close().await.unwrap();
    assert_eq!((report.len(), report.done()), (1, IdSet::from(&all[3])), "{report}");
    assert_eq!(mailbox.close().await.unwrap().done(), report.done());
    let mut other = server.connect(account, Access::ReadOnly).await;
    let left: IdSet = ids(&mut *other).await.into_iter().collect();
    assert_eq!(left, rest.into_iter().collect());
    assert!(other.close().await.unwrap().is_empty());
}
