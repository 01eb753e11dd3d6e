//! One suite for every server: messages arrive unchanged and parse to the same values as with
//! another library.

#[cfg(feature = "interop")]
pub(crate) mod dovecot;
pub(crate) mod messages;
#[cfg(feature = "interop")]
pub(crate) mod others;
pub(crate) mod peer;

use std::collections::HashMap;

use mailclient::{
    Access, Account, Credentials, Feature, Mailbox, MessageId, Part, Protocol, Window,
};

/// A message as a server was given it, and where it came from.
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) octets: Vec<u8>,
}

/// The bytes that a server sends of a message: every line ends in CRLF. Over POP3 the last one does
/// too (RFC 1939 section 3: the terminating line begins a line).
fn held(octets: &[u8], protocol: Protocol) -> Vec<u8> {
    let mut held = with_crlf(octets);
    if protocol == Protocol::Pop3 && !held.ends_with(b"\r\n") {
        held.extend_from_slice(b"\r\n");
    }
    held
}

/// Adds a CR to every bare LF.
pub(crate) fn with_crlf(octets: &[u8]) -> Vec<u8> {
    let mut held = Vec::with_capacity(octets.len() + octets.len() / 32);
    for (index, &octet) in octets.iter().enumerate() {
        if octet == b'\n' && (index == 0 || octets[index - 1] != b'\r') {
            held.push(b'\r');
        }
        held.push(octet);
    }
    held
}

/// Lists and fetches everything in INBOX and compares it with the original.
pub(crate) async fn every_message_arrives(
    account: &Account,
    credentials: &Credentials,
    given: &[Given],
) {
    let mut mailbox =
        account.connect(credentials).await.unwrap_or_else(|error| panic!("{account}: {error}"));
    mailbox.open("INBOX", Access::ReadOnly).await.unwrap();
    assert_eq!(mailbox.status().await.unwrap().messages, given.len() as u64, "{account}");

    let rows = mailbox.list(Window::All).await.unwrap().collect(100_000).await.unwrap();
    assert_eq!(rows.len(), given.len(), "{account}");
    let ids: Vec<MessageId> = rows.into_iter().map(|row| row.id).collect();
    let envelopes = mailbox.envelopes(&ids).await.unwrap();

    let mut waiting: HashMap<Vec<u8>, Vec<&str>> = HashMap::new();
    for message in given {
        waiting.entry(held(&message.octets, account.protocol)).or_default().push(&message.name);
    }
    let mut differences = Vec::new();
    for (id, envelope) in ids.iter().zip(envelopes) {
        let octets = mailbox.fetch(id, Part::Whole).await.unwrap().collect(u64::MAX).await.unwrap();
        let names = waiting.get_mut(&octets).unwrap_or_else(|| {
            panic!("{account}: {id} is no message that was given: {}", excerpt(&octets))
        });
        let name = names
            .pop()
            .unwrap_or_else(|| panic!("{account}: {id} came once more than it was given"));
        let envelope = envelope.unwrap_or_else(|| panic!("{account}: no header of {name}"));
        differences.extend(peer::difference(name, &octets, &envelope));
    }
    assert!(differences.is_empty(), "{account}:\n{}", differences.join("\n"));
    assert!(waiting.values().all(Vec::is_empty), "{account}: some messages did not arrive");
    mailbox.close().await.unwrap();
}

/// The beginning of a message, for an error.
fn excerpt(octets: &[u8]) -> String {
    String::from_utf8_lossy(&octets[..octets.len().min(200)]).escape_debug().to_string()
}

/// Deletion is provisional until `close`, and removes only the named messages.
pub(crate) async fn deletion_waits_for_close(account: &Account, credentials: &Credentials) {
    let open = || async { account.connect(credentials).await.unwrap() };
    let ids =
        |rows: Vec<mailclient::Summary>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    let mut mailbox = open().await;
    let before = ids(mailbox.list(Window::All).await.unwrap().collect(100_000).await.unwrap());
    let victim = [before[before.len() / 2].clone()];
    mailbox.delete(&victim).await.unwrap();
    drop(mailbox);

    let mut mailbox = open_again(account, credentials).await;
    assert_eq!(
        ids(mailbox.list(Window::All).await.unwrap().collect(100_000).await.unwrap()),
        before,
        "{account}"
    );
    mailbox.delete(&victim).await.unwrap();
    // Twice is once.
    mailbox.delete(&victim).await.unwrap();
    mailbox.close().await.unwrap();

    let mut mailbox = open_again(account, credentials).await;
    let after = ids(mailbox.list(Window::All).await.unwrap().collect(100_000).await.unwrap());
    let expected: Vec<MessageId> = before.into_iter().filter(|id| *id != victim[0]).collect();
    assert_eq!(after, expected, "{account}");
    mailbox.close().await.unwrap();
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
    use mailclient::{Error, FlagChange, Flags, Query};
    let mut mailbox = account.connect(credentials).await.unwrap();
    let features = mailbox.features();
    let ids: Vec<MessageId> = {
        let rows = mailbox.list(Window::Newest(1)).await.unwrap().collect(1).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    };
    let lacks = |error: Option<Error>, feature: Feature| {
        let unsupported = matches!(error, Some(Error::Unsupported(found)) if found == feature);
        assert_eq!(unsupported, !features.contains(feature), "{account}: {feature:?} ({error:?})");
    };
    lacks(mailbox.search(&Query::Unseen).await.err(), Feature::Search);
    lacks(
        mailbox.set_flags(&ids, FlagChange::Add, &Flags::new().with_flagged()).await.err(),
        Feature::Flags,
    );
    lacks(mailbox.envelopes(&ids).await.err(), Feature::Headers);
    lacks(mailbox.copy(&ids, "no such folder").await.err(), Feature::Copy);
    lacks(mailbox.move_to(&ids, "no such folder").await.err(), Feature::Move);
    lacks(mailbox.delete(&[]).await.err(), Feature::Delete);
    let section = mailbox.fetch(&ids[0], Part::Section(vec![1])).await.map(drop).err();
    lacks(section, Feature::Sections);
    let mut message: &[u8] = b"Subject: appended\r\n\r\n";
    lacks(
        mailbox.append("no such folder", &Flags::new(), 21, &mut message).await.err(),
        Feature::Append,
    );
    lacks(mailbox.open("no such folder", Access::ReadOnly).await.err(), Feature::Folders);
    mailbox.open("INBOX", Access::ReadOnly).await.unwrap();
    mailbox.close().await.unwrap();
}
