//! Servers that say more than they were asked, without end.

use std::future::poll_fn;

use bytes::Bytes;
use mail_harness::{
    fault::{Fault, FaultStream, Wire},
    script::script,
};
use mailclient::{
    Account, Change, Credentials, Error, List, Mailbox, NewFolder, Part, Protocol, ProtocolError,
    Result,
};

use crate::{
    broken::id,
    support::{account, folder, log_in},
};

/// The limit of these tests, in bytes, and a line of 50.
const LIMIT: u64 = 4 << 10;
const NOTE: &str = "S: * OK still here, and this is as long as lines are\n";

fn limited(protocol: Protocol) -> Account {
    let mut account = account(protocol);
    account.preauth = true;
    account.limits.unasked = LIMIT;
    account
}

const SELECTED: &str = "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready
    C: $1 SELECT INBOX
    S: * 3 EXISTS
    S: * OK [UIDVALIDITY 14] valid
    S: $1 OK [READ-WRITE] done
    ";

async fn imap(then: &str) -> Box<dyn Mailbox> {
    let credentials = Credentials::password("unused");
    let text = format!("{SELECTED}{then}");
    log_in(&text, &limited(Protocol::Imap), &credentials).await.unwrap()
}

async fn pop3(then: &str) -> Box<dyn Mailbox> {
    let text = format!(
        "S: +OK ready
        C: CAPA
        S: -ERR what
        C: USER alice
        S: +OK
        C: PASS secret
        S: +OK
        C: CAPA
        S: -ERR what
        C: STAT
        S: +OK 4 400
        {then}"
    );
    log_in(&text, &limited(Protocol::Pop3), &Credentials::password("secret")).await.unwrap()
}

#[track_caller]
fn is_flood<T>(result: Result<T>, what: &str) {
    match result.err() {
        Some(Error::Protocol(error)) => {
            let is_limit = matches!(*error, ProtocolError::Flood { limit: LIMIT, .. });
            assert!(is_limit && error.to_string().contains("Limits::unasked"), "{what}: {error}");
        }
        other => panic!("{what}: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn untagged_data_that_was_not_asked_for_is_bounded_by_command() {
    for line in [
        NOTE,
        "S: * 1 FETCH (FLAGS (\\Seen $Forwarded $Junk $NotJunk))\n",
        "S: * 0 RECENT\n",
        "S: * 2 FETCH (UID 56 BODY[] {20}\nS: 01234567890123456789)\n",
        "S: that is no response at all, and this is its length\n",
        "S: + that is no request, and this is its length\n",
    ] {
        // Less than the limit twice, then more.
        let less = line.repeat(60);
        let more = line.repeat(600);
        let script = format!(
            "C: $1 NOOP\n{less}S: $1 OK done\nC: $1 NOOP\n{less}S: $1 OK done\nC: $1 NOOP\n{more}"
        );
        let mut mailbox = imap(&script).await;
        for _ in 0..2 {
            mailbox.status().await.unwrap();
        }
        is_flood(mailbox.status().await, line);
        let next = mailbox.status().await;
        assert!(matches!(next, Err(Error::Closed { .. })), "{line}: {next:?}");
    }
}

/// What may have been done is not known when the answer drowns.
#[tokio::test(start_paused = true)]
async fn a_flood_in_place_of_the_answer_to_a_change_leaves_it_unknown() {
    let script = format!("C: $1 CREATE Archive\n{}", NOTE.repeat(100));
    let mut mailbox = imap(&script).await;
    let created = mailbox.create(&NewFolder::new(folder("Archive"))).await;
    assert!(matches!(created, Err(Error::Unknown { .. })), "{created:?}");
}

#[tokio::test(start_paused = true)]
async fn rows_and_bodies_that_were_asked_for_are_no_flood() {
    let rows: String =
        (1..200).map(|n| format!("S: * {n} FETCH (UID {n} FLAGS () RFC822.SIZE 5)\n")).collect();
    let body = "x".repeat(64 << 10);
    let script = format!(
        "C: $1 NOOP
        S: * 199 EXISTS
        S: $1 OK done
        C: $1 FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)
        {rows}S: $1 OK done
        C: $1 UID FETCH 56 (UID RFC822.SIZE)
        C: $2 UID FETCH 56 (UID BODY.PEEK[])
        S: * 56 FETCH (UID 56 RFC822.SIZE {0})
        S: $1 OK done
        S: * 56 FETCH (UID 56 BODY[] {{{0}}}
        S: {body})
        S: $2 OK done",
        body.len()
    );
    let mut mailbox = imap(&script).await;
    mailbox.status().await.unwrap();
    let listed = mailbox.list(&List::all()).await.unwrap().collect(1000).await.unwrap();
    assert_eq!(listed.len(), 199);
    let read = mailbox.fetch(&id(56), &Part::Whole).await.unwrap().collect(1 << 20).await.unwrap();
    assert_eq!(read.len(), body.len());
}

#[tokio::test(start_paused = true)]
async fn bodies_of_other_messages_are_a_flood() {
    let other = format!("S: * 9 FETCH (UID 99 BODY[] {{50}}\nS: {})\n", "x".repeat(50));
    let script = format!(
        "C: $1 UID FETCH 56 (UID RFC822.SIZE)
        C: $2 UID FETCH 56 (UID BODY.PEEK[])
        S: * 2 FETCH (UID 56 RFC822.SIZE 50)
        S: $1 OK done
        {}",
        other.repeat(100)
    );
    let mut mailbox = imap(&script).await;
    let read = async { mailbox.fetch(&id(56), &Part::Whole).await?.collect(1 << 20).await };
    is_flood(read.await, "bodies");
}

#[tokio::test(start_paused = true)]
async fn an_idle_is_bounded_until_it_is_renewed() {
    let notes = NOTE.repeat(60);
    let script = format!(
        "C: $1 IDLE
        S: + idling
        {notes}C: DONE
        S: $1 OK done
        C: $1 IDLE
        S: + idling
        {notes}S: * 4 EXISTS
        {notes}"
    );
    let mut mailbox = imap(&script).await;
    let change = mailbox.next_change().await.unwrap();
    assert!(matches!(change, Change::New { .. }), "{change:?}");
    is_flood(mailbox.next_change().await, "IDLE");
}

#[tokio::test(start_paused = true)]
async fn a_flood_before_the_login_is_over_is_bounded() {
    let notes = NOTE.repeat(100);
    let imap = format!("S: * OK [CAPABILITY IMAP4rev1] ready\nC: $1 LOGIN alice secret\n{notes}");
    let capa = format!(
        "S: +OK ready\nC: CAPA\nS: +OK\n{}",
        format!("S: X-{}\n", "x".repeat(200)).repeat(40)
    );
    for (protocol, script) in [(Protocol::Imap, imap), (Protocol::Pop3, capa)] {
        let credentials = Credentials::password("secret");
        let connected = log_in(&script, &limited(protocol), &credentials).await;
        is_flood(connected.map(drop), &script[..20]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_of_pop3_may_be_long_and_does_not_repeat_itself() {
    let sizes: String = (1..=1000).map(|n| format!("S: {n} 100\n")).collect();
    let names: String = (1..=1000).map(|n| format!("S: {n} name-{n}\n")).collect();
    let listing = format!("C: LIST\nS: +OK\n{sizes}S: .\nC: UIDL\nS: +OK\n{names}S: .\n");
    let body = format!("S: {}\n", "x".repeat(98)).repeat(300);
    let mut mailbox =
        pop3(&format!("{listing}C: RETR 1\nS: +OK\n{body}S: .\nC: RETR 2\nS: +OK\n")).await;
    let rows = mailbox.list(&List::all()).await.unwrap().collect(2000).await.unwrap();
    assert_eq!(rows.len(), 1000);
    let first = mailbox.fetch(&rows[0].id, &Part::Whole).await.unwrap();
    assert_eq!(first.collect(1 << 20).await.unwrap().len(), 300 * 100);

    for (name, line) in [("again", "S: 1 100\n"), ("noise", "S: this is no row of a listing\n")] {
        let mut mailbox = pop3(&format!("C: LIST\nS: +OK\n{}", line.repeat(1000))).await;
        is_flood(mailbox.list(&List::all()).await.map(drop), name);
    }
}

/// The other tasks of the runtime get their turn while the server floods.
#[tokio::test(start_paused = true)]
async fn one_poll_is_bounded_work() {
    const LINES: u64 = 20_000;
    let wire = Wire::new();
    let (stream, _server) = script(&format!("{SELECTED}C: $1 NOOP\nS: $1 OK done"));
    let stream = FaultStream::new(stream, &wire);
    let mut account = limited(Protocol::Imap);
    account.limits.unasked = 16 << 20;
    let credentials = Credentials::password("unused");
    let mut mailbox = account.connect_protected(stream, &credentials).await.unwrap();
    let piece = Bytes::from_static(b"* OK still here\r\n");
    wire.on_read(wire.bytes_read(), Fault::Flood { piece, times: LINES });
    let mut polls = 0_u64;
    let mut status = mailbox.status();
    let counted = poll_fn(|cx| {
        polls += 1;
        status.as_mut().poll(cx)
    });
    counted.await.unwrap();
    assert!((LINES / 300..LINES / 100).contains(&polls), "{polls} polls");
}
