//! One suite for every server: messages arrive unchanged and parse to the same values as with
//! another library.

#[cfg(feature = "interop")]
pub(crate) mod dovecot;
pub(crate) mod messages;
#[cfg(feature = "interop")]
pub(crate) mod others;
pub(crate) mod peer;

use std::{collections::HashMap, num::NonZeroU32};

use mailclient::{
    Access, Account, Append, Credentials, Error, Feature, FlagChange, Flags, FolderName, Folders,
    IdSet, List, Mailbox, MessageId, NewFolder, Part, Protocol, Query, ThreadBy,
};

/// A message as a server was given it, and where it came from.
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// The bytes that a server sends of a message: every line ends in CRLF. Over POP3 the last one does
/// too (RFC 1939 section 3: the terminating line begins a line).
fn held(message: &[u8], protocol: Protocol) -> Vec<u8> {
    let mut held = with_crlf(message);
    if protocol == Protocol::Pop3 && !held.ends_with(b"\r\n") {
        held.extend_from_slice(b"\r\n");
    }
    held
}

/// Adds a CR to every bare LF.
pub(crate) fn with_crlf(message: &[u8]) -> Vec<u8> {
    let mut held = Vec::with_capacity(message.len() + message.len() / 32);
    for (index, &byte) in message.iter().enumerate() {
        if byte == b'\n' && (index == 0 || message[index - 1] != b'\r') {
            held.push(b'\r');
        }
        held.push(byte);
    }
    held
}

/// Lists and fetches everything in INBOX, one by one and in one call, and compares it with the
/// original.
pub(crate) async fn every_message_arrives(
    account: &Account,
    credentials: &Credentials,
    given: &[Given],
) {
    let mut mailbox =
        account.connect(credentials).await.unwrap_or_else(|error| panic!("{account}: {error}"));
    let open = mailbox.open(&FolderName::inbox(), Access::ReadOnly).await.unwrap();
    assert_eq!((open.messages, open.access), (given.len() as u64, Access::ReadOnly), "{account}");
    assert_eq!(mailbox.status().await.unwrap().messages, given.len() as u64, "{account}");

    let request = List::all().with_envelopes();
    let rows = mailbox.list(&request).await.unwrap().collect(100_000).await.unwrap();
    assert_eq!(rows.len(), given.len(), "{account}");

    let mut waiting: HashMap<Vec<u8>, Vec<&str>> = HashMap::new();
    for message in given {
        waiting.entry(held(&message.bytes, account.protocol)).or_default().push(&message.name);
    }
    let mut differences = Vec::new();
    let mut together = together(&mut *mailbox, &rows.iter().map(|row| &row.id).collect()).await;
    for row in rows {
        let id = row.id;
        let body = mailbox.fetch(&id, &Part::Whole).await.unwrap();
        let bytes = body.collect(u64::MAX).await.unwrap();
        assert_eq!(together.remove(&id).as_ref(), Some(&bytes), "{account}: {id}");
        let names = waiting.get_mut(&bytes).unwrap_or_else(|| {
            panic!("{account}: {id} is no message that was given: {}", excerpt(&bytes))
        });
        let name = names
            .pop()
            .unwrap_or_else(|| panic!("{account}: {id} came once more than it was given"));
        let envelope = row.envelope.unwrap_or_else(|| panic!("{account}: no header of {name}"));
        differences.extend(peer::difference(name, &bytes, &envelope));
    }
    assert!(differences.is_empty(), "{account}:\n{}", differences.join("\n"));
    assert!(waiting.values().all(Vec::is_empty), "{account}: some messages did not arrive");
    assert!(together.is_empty(), "{account}: messages that were not listed");
    assert!(mailbox.close().await.unwrap().is_empty(), "{account}");
}

/// Messages as one call fetches them, each once.
async fn together(mailbox: &mut dyn Mailbox, ids: &IdSet) -> HashMap<MessageId, Vec<u8>> {
    let mut found = HashMap::new();
    let mut bodies = mailbox.fetch_many(ids, &Part::Whole).await.unwrap();
    while let Some(next) = bodies.next().await {
        let (id, body) = next.unwrap();
        let bytes = body.unwrap().collect(u64::MAX).await.unwrap();
        assert!(found.insert(id.clone(), bytes).is_none(), "{id} came twice");
    }
    found
}

/// The beginning of a message, for an error.
fn excerpt(message: &[u8]) -> String {
    String::from_utf8_lossy(&message[..message.len().min(200)]).escape_debug().to_string()
}

async fn ids(mailbox: &mut dyn Mailbox) -> Vec<MessageId> {
    let rows = mailbox.list(&List::all()).await.unwrap().collect(100_000).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

/// A mark hides its message at once. It deletes nothing until `close`, and then only that message.
pub(crate) async fn deletion_waits_for_close(account: &Account, credentials: &Credentials) {
    let mut mailbox = account.connect(credentials).await.unwrap();
    let before = ids(&mut *mailbox).await;
    let victim = before[before.len() / 2].clone();
    let rest: Vec<MessageId> = before.iter().filter(|id| **id != victim).cloned().collect();
    mailbox.delete(&IdSet::from(&victim)).unwrap();
    assert_eq!(ids(&mut *mailbox).await, rest, "{account}");
    assert_eq!(mailbox.status().await.unwrap().messages, rest.len() as u64, "{account}");
    let error = mailbox.fetch(&victim, &Part::Whole).await.err().unwrap();
    assert!(matches!(error, Error::NoSuchMessage(_)), "{account}: {error}");
    drop(mailbox);

    let mut mailbox = open_again(account, credentials).await;
    assert_eq!(ids(&mut *mailbox).await, before, "{account}");
    mailbox.delete(&IdSet::from(&victim)).unwrap();
    mailbox.undelete(&IdSet::from(&victim)).unwrap();
    assert_eq!(ids(&mut *mailbox).await, before, "{account}");
    // Twice is once.
    mailbox.delete(&IdSet::from(&victim)).unwrap();
    mailbox.delete(&IdSet::from(&victim)).unwrap();
    let report = mailbox.close().await.unwrap();
    assert_eq!((report.len(), report.done()), (1, IdSet::from(&victim)), "{account}: {report}");
    let again = mailbox.close().await.unwrap();
    assert_eq!(again.done(), report.done(), "{account}: {again}");

    let mut mailbox = open_again(account, credentials).await;
    assert_eq!(ids(&mut *mailbox).await, rest, "{account}");
    assert!(mailbox.close().await.unwrap().is_empty(), "{account}");
}

/// A maildrop stays locked for a moment after a connection was dropped.
async fn open_again(account: &Account, credentials: &Credentials) -> Box<dyn Mailbox> {
    for _ in 0..1000 {
        match account.connect(credentials).await {
            Err(error) if error.is_transient() => tokio::task::yield_now().await,
            opened => return opened.unwrap(),
        }
    }
    panic!("{account}: the maildrop stays locked")
}

/// What `features()` says and what the methods do agree.
pub(crate) async fn features_and_behaviour_agree(account: &Account, credentials: &Credentials) {
    let mut mailbox = account.connect(credentials).await.unwrap();
    let mailbox = &mut *mailbox;
    let features = mailbox.features();
    let id = ids(mailbox).await.pop().unwrap();
    let (one, absent) = (IdSet::from(&id), "no such folder".parse::<FolderName>().unwrap());
    let lacks = |error: Option<Error>, feature: Feature| {
        let unsupported = matches!(error, Some(Error::Unsupported(found)) if found == feature);
        assert_eq!(unsupported, !features.contains(feature), "{account}: {feature:?} ({error:?})");
    };
    lacks(mailbox.search(&Query::Unseen).await.err(), Feature::Search);
    let flagged = Flags::new().with_flagged();
    lacks(mailbox.set_flags(&one, FlagChange::Add, &flagged).await.err(), Feature::Flags);
    let envelopes = List::all().with_envelopes();
    lacks(mailbox.list(&envelopes).await.map(drop).err(), Feature::Headers);
    lacks(mailbox.copy(&one, &absent).await.err(), Feature::Copy);
    lacks(mailbox.move_to(&one, &absent).await.err(), Feature::Move);
    lacks(mailbox.delete(&IdSet::new()).err(), Feature::Delete);
    lacks(mailbox.expunge().await.err(), Feature::Expunge);
    let section = Part::section([NonZeroU32::MIN]);
    lacks(mailbox.fetch(&id, &section).await.map(drop).err(), Feature::Sections);
    let (options, mut message) = (Append::new(21), &b"Subject: appended\r\n\r\n"[..]);
    lacks(mailbox.append(&absent, &options, &mut message).await.err(), Feature::Append);
    lacks(mailbox.sort(&Query::All, &[]).await.err(), Feature::Sort);
    for by in [ThreadBy::References, ThreadBy::Subject, ThreadBy::Refs] {
        lacks(mailbox.thread(&Query::All, by).await.err(), by.feature());
    }
    lacks(mailbox.structure(&id).await.err(), Feature::Structure);
    lacks(mailbox.quota(&FolderName::inbox()).await.err(), Feature::Quota);
    lacks(mailbox.rights(&FolderName::inbox()).await.err(), Feature::Rights);
    lacks(mailbox.folders(&Folders::all()).await.err(), Feature::Folders);
    lacks(mailbox.remove(&absent).await.err(), Feature::FolderChanges);
    lacks(mailbox.create(&NewFolder::new(FolderName::inbox())).await.err(), Feature::FolderChanges);
    lacks(mailbox.open(&absent, Access::ReadOnly).await.err(), Feature::Folders);
    assert!(mailbox.selected().is_none(), "{account}");
    mailbox.open(&FolderName::inbox(), Access::ReadOnly).await.unwrap();
    let error = mailbox.delete(&one).unwrap_err();
    let expected = match &error {
        Error::ReadOnly(folder) => folder.is_inbox() && features.contains(Feature::Delete),
        Error::Unsupported(Feature::Delete) => !features.contains(Feature::Delete),
        _ => false,
    };
    assert!(expected, "{account}: {error}");
    assert!(mailbox.close().await.unwrap().is_empty(), "{account}");
}
