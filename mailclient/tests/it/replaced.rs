//! A draft is replaced while the connection is cut at every byte, and in random sessions that are
//! cut or dropped anywhere: the log of the server says which versions there are at every time.

use std::{collections::BTreeSet, env};

use mail_harness::{
    fault::{Fault, FaultStream, Wire},
    operation::dropped_after,
    random::Random,
};
use mail_testserver::{Change, Scheme, TestServer};
use mailclient::{
    Access, Append, Credentials, Error, Flags, List, Mailbox, MessageId, Protocol, Versions,
};
use tokio::{io::duplex, sync::OnceCell, task::yield_now};

use crate::support::{account, folder};

/// The server whose certificate all show.
static FIRST: OnceCell<TestServer> = OnceCell::const_new();

/// A server with version 0 in Drafts.
async fn server(has_replace: bool) -> TestServer {
    let first = async || TestServer::builder().without_ports().start().await.unwrap();
    let server = TestServer::builder()
        .certificate_of(FIRST.get_or_init(first).await)
        .without_ports()
        .without_messages()
        .message("alice", "Drafts", draft(0));
    let server = if has_replace { server } else { server.hide_capability("REPLACE") };
    server.start().await.unwrap()
}

fn draft(version: u32) -> Vec<u8> {
    format!("Subject: {version}\r\n\r\n{}\r\n", "text ".repeat(40)).into_bytes()
}

fn version(bytes: &[u8]) -> u32 {
    let text = String::from_utf8_lossy(bytes);
    let number = text.strip_prefix("Subject: ").and_then(|text| text.lines().next()).unwrap();
    let version = number.parse().unwrap();
    assert_eq!(bytes, draft(version), "a version is stored whole");
    version
}

/// The versions that are there, after the server did what it has heard. Whether any was lost in
/// between is in its log.
async fn stored(server: &TestServer) -> BTreeSet<u32> {
    for _ in 0..100 {
        yield_now().await;
    }
    let mut there = BTreeSet::from([0]);
    for entry in server.log() {
        match entry.change {
            Change::Stored { bytes, .. } => drop(there.insert(version(&bytes))),
            Change::Deleted { bytes, .. } => drop(there.remove(&version(&bytes))),
            _ => {}
        }
        assert!(!there.is_empty(), "every version is lost");
    }
    let messages = server.messages("alice", "Drafts").unwrap();
    let found: BTreeSet<u32> = messages.iter().map(|message| version(&message.bytes)).collect();
    assert_eq!((found.len(), &found), (messages.len(), &there));
    there
}

/// A session with Drafts open, over a pipe of so many bytes with the faults of a wire, and the id
/// of its newest version.
async fn session(
    server: &TestServer,
    wire: &Wire,
    bytes: usize,
) -> (Box<dyn Mailbox>, u32, MessageId) {
    let (theirs, ours) = duplex(bytes);
    tokio::spawn(server.serve(Scheme::Imap, theirs));
    let credentials = Credentials::password(server.password("alice"));
    let ours = FaultStream::new(ours, wire);
    let account = account(Protocol::Imap);
    let mut mailbox = account.connect_protected(ours, &credentials).await.unwrap();
    mailbox.open(&folder("Drafts"), Access::ReadWrite).await.unwrap();
    let request = List::all().with_envelopes();
    let rows = mailbox.list(&request).await.unwrap().collect(100).await.unwrap();
    let subject = |row: &mailclient::Summary| {
        row.envelope.as_ref().and_then(|envelope| envelope.subject.clone()).unwrap()
    };
    let newest = rows.iter().max_by_key(|row| subject(row).parse::<u32>().unwrap()).unwrap();
    (mailbox, subject(newest).parse().unwrap(), newest.id.clone())
}

async fn replace(
    mailbox: &mut dyn Mailbox,
    old: &MessageId,
    version: u32,
) -> mailclient::Result<Option<MessageId>> {
    let message = draft(version);
    let options = Append::new(message.len() as u64).with_flags(Flags::new().with_draft());
    let mut reader = &message[..];
    mailbox.replace(old, &options, &mut reader).await
}

/// Whether the answer tells the truth about which of the two versions are there.
fn is_true(answer: &mailclient::Result<Option<MessageId>>, has_old: bool, has_new: bool) -> bool {
    match answer {
        Ok(_) => has_new && !has_old,
        Err(Error::Replacement { versions, .. }) => match versions {
            Versions::Either => has_old != has_new,
            Versions::OldPerhapsNew => has_old,
            Versions::Both => has_old && has_new,
            Versions::NewPerhapsOld => has_new,
            _ => false,
        },
        Err(error) => has_old && !has_new && error.needs_reconnect(),
    }
}

/// The bytes that a whole replacement reads and writes.
async fn lengths(has_replace: bool) -> (u64, u64) {
    let (server, wire) = (server(has_replace).await, Wire::new());
    let (mut mailbox, _, old) = session(&server, &wire, 1 << 16).await;
    let (read, written) = (wire.bytes_read(), wire.bytes_written());
    let new = replace(&mut *mailbox, &old, 1).await.unwrap();
    assert_eq!(stored(&server).await, BTreeSet::from([1]));
    assert!(new.is_some_and(|new| new != old));
    (wire.bytes_read() - read, wire.bytes_written() - written)
}

/// Cuts the connection after each byte of one direction. Returns how many answers there were of
/// each kind.
async fn every_cut(has_replace: bool) -> BTreeSet<String> {
    let (read, written) = lengths(has_replace).await;
    assert!(read > 100 && written > 250, "{read} and {written} bytes");
    let mut kinds = BTreeSet::new();
    for (reads, at) in (0..=read).map(|at| (true, at)).chain((0..=written).map(|at| (false, at))) {
        for fault in [Fault::Eof, Fault::Reset] {
            let (server, wire) = (server(has_replace).await, Wire::new());
            let (mut mailbox, _, old) = session(&server, &wire, 1 << 16).await;
            match reads {
                true => wire.on_read(wire.bytes_read() + at, fault),
                false => wire.on_write(wire.bytes_written() + at, fault),
            }
            let answer = replace(&mut *mailbox, &old, 1).await;
            let there = stored(&server).await;
            let place = format!("REPLACE {has_replace}, reads {reads}, {at}: {answer:?} {there:?}");
            assert!(is_true(&answer, there.contains(&0), there.contains(&1)), "{place}");
            kinds.insert(match answer {
                Ok(_) => "done".into(),
                Err(Error::Replacement { versions, .. }) => format!("{versions:?}"),
                Err(_) => "not begun".into(),
            });
        }
    }
    kinds
}

#[tokio::test(start_paused = true)]
async fn a_cut_at_any_byte_of_replace_loses_no_draft() {
    let kinds = every_cut(true).await;
    assert_eq!(kinds, ["Either", "done", "not begun"].map(String::from).into());
}

#[tokio::test(start_paused = true)]
async fn a_cut_at_any_byte_of_append_and_removal_loses_no_draft() {
    let kinds = every_cut(false).await;
    let expected = ["Both", "NewPerhapsOld", "OldPerhapsNew", "done", "not begun"];
    assert_eq!(kinds, expected.map(String::from).into());
}

/// A session in which a draft is saved again and again, and the connection fails or the caller
/// leaves. Nothing that was confirmed is lost, and nothing of before comes back as the newest.
async fn random_session(seed: u64) {
    let mut random = Random::new(seed);
    let server = server(random.below(2) == 0).await;
    let (mut confirmed, mut next) = (0, 1);
    for _ in 0..6 {
        let wire = Wire::new();
        let pipe = [16, 64, 1 << 16][random.below(3)];
        let (mut mailbox, newest, old) = session(&server, &wire, pipe).await;
        assert!(newest >= confirmed, "{seed}: version {confirmed} is lost, {newest} is there");
        let at = u64::try_from(random.below(700)).unwrap();
        match random.below(4) {
            0 => wire.on_read(wire.bytes_read() + at, Fault::Eof),
            1 => wire.on_write(wire.bytes_written() + at, Fault::Reset),
            _ => {}
        }
        let polls = if random.below(2) == 0 { random.below(60) } else { usize::MAX };
        let mut answer = None;
        let save = async { answer = Some(replace(&mut *mailbox, &old, next).await) };
        dropped_after(polls, save).await;
        if random.below(2) == 0 {
            // Finishes what was dropped, or finds the connection broken.
            let _ = mailbox.status().await;
        }
        drop(mailbox);
        let there = stored(&server).await;
        if let Some(answer) = answer {
            let is_true = is_true(&answer, there.contains(&newest), there.contains(&next));
            assert!(is_true, "{seed}: {answer:?}, {newest} and {next} of {there:?}");
            if answer.is_ok() {
                confirmed = next;
            }
        }
        next += 1;
    }
}

#[tokio::test(start_paused = true)]
async fn random_sessions_lose_no_draft() {
    let is_whole = env::var("MAIL_MATRICES").is_ok_and(|value| value == "whole");
    for seed in 0..if is_whole { 10_000 } else { 400 } {
        random_session(seed).await;
    }
}
