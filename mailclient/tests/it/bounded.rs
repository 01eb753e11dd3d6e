//! What a server can make the client keep: what one call allocates while the server sends far more
//! than it was asked for.

use mail_harness::memory::{Allocated, allocated_by};
use mailclient::{
    Change, Credentials, Error, Folders, IdSet, Limits, List, Mailbox, MessageId, Protocol, Query,
    SortBy, SortKey, ThreadBy,
};

use crate::support::{account, log_in};

/// Far more than one line and one buffer, and far less than what the server sends.
const MIB: u64 = 1 << 20;

async fn opened(limits: Limits, then: &str) -> Box<dyn Mailbox> {
    opened_with("", limits, then).await
}

async fn opened_with(capabilities: &str, limits: Limits, then: &str) -> Box<dyn Mailbox> {
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    account.limits = limits;
    let text = format!(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] ready
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    log_in(&text, &account, &Credentials::password("unused")).await.unwrap()
}

fn is_below(most: u64, what: &str, Allocated { peak, .. }: Allocated) {
    assert!(peak < most, "{what}: {peak} bytes at the same time");
}

#[tokio::test(start_paused = true)]
async fn envelopes_of_other_messages_are_not_kept() {
    const FIELDS: &str = "HEADER.FIELDS (DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES)";
    let header = format!("Subject: {}", "x".repeat(900));
    let rows = |n: u32| {
        let bytes = header.len() + 4;
        let uid = n + 1;
        format!("S: * 3 FETCH (UID {uid} BODY[{FIELDS}] {{{bytes}}}\nS: {header}\nS: \nS: )\n")
    };
    let rows: String = (100..5000).map(rows).collect();
    let sent = rows.len() as u64;
    assert!(sent > 4 * MIB);
    let ask =
        format!("C: $1 UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[{FIELDS}])\n");
    let mut mailbox = opened(Limits::default(), &format!("{ask}{rows}S: $1 OK done")).await;
    let id: MessageId = "imap1:14:1:INBOX".parse().unwrap();
    let request = List::ids(IdSet::from(&id)).with_envelopes();
    let listed = async { mailbox.list(&request).await.unwrap().collect(10).await.unwrap() };
    let (rows, allocated) = allocated_by(listed).await;
    assert!(rows.is_empty(), "{rows:?}");
    is_below(MIB, "envelopes", allocated);
}

#[tokio::test(start_paused = true)]
async fn a_search_result_is_bounded() {
    let mut next = 1;
    let mut lines = String::from("C: $1 UID SEARCH UNSEEN\n");
    for _ in 0..100 {
        lines.push_str("S: * SEARCH");
        for _ in 0..5000 {
            next += 2;
            lines.push_str(&format!(" {next}"));
        }
        lines.push('\n');
    }
    lines.push_str("S: $1 OK done");
    let mut limits = Limits::default();
    limits.search = 64 << 10;
    let mut mailbox = opened(limits, &lines).await;
    let (found, allocated) = allocated_by(mailbox.search(&Query::Unseen)).await;
    assert!(matches!(found, Err(Error::Limit { .. })), "{found:?}");
    is_below(MIB, "a search", allocated);
}

/// A sorted message takes 32 bytes, and one in a conversation 72.
#[tokio::test(start_paused = true)]
async fn orders_and_conversations_are_bounded() {
    let mut limits = Limits::default();
    limits.search = 72_000;
    for (messages, is_sorted, is_threaded) in
        [(1000, true, true), (1001, true, false), (2250, true, false), (2251, false, false)]
    {
        let numbers = (1..=messages).map(|uid| format!(" {uid}")).collect::<String>();
        let threads = (1..=messages).map(|uid| format!("({uid})")).collect::<String>();
        let text = format!(
            "C: $1 UID SORT (DATE) US-ASCII ALL\nS: * SORT{numbers}\nS: $1 OK done\n\
             C: $1 UID THREAD REFS US-ASCII ALL\nS: * THREAD {threads}\nS: $1 OK done"
        );
        let mut mailbox = opened_with("SORT THREAD=REFS", limits, &text).await;
        let by = [SortBy::ascending(SortKey::Date)];
        let sorted = mailbox.sort(&Query::All, &by).await.map(|ids| ids.len());
        let threads = mailbox.thread(&Query::All, ThreadBy::Refs).await.map(|all| all.len());
        for (found, fits) in [(sorted, is_sorted), (threads, is_threaded)] {
            match found {
                Ok(found) => assert!(fits && found == messages, "{found} of {messages}"),
                Err(Error::Limit { .. }) => assert!(!fits, "{messages}"),
                Err(error) => panic!("{messages}: {error}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_range_in_a_search_result_stays_one() {
    let text =
        "C: $1 UID SEARCH UNSEEN\nS: * ESEARCH (TAG \"$1\") UID ALL 1:4294967295\nS: $1 OK done";
    let mut mailbox = opened(Limits::default(), text).await;
    let (found, allocated) = allocated_by(mailbox.search(&Query::Unseen)).await;
    assert_eq!(found.unwrap().ids.len(), u64::from(u32::MAX));
    is_below(MIB, "a range", allocated);
}

#[tokio::test(start_paused = true)]
async fn folders_are_bounded() {
    let name = "x".repeat(900);
    let rows: String = (0..5000).map(|n| format!("S: * LIST () \"/\" {name}{n}\n")).collect();
    let mut limits = Limits::default();
    limits.folders = 64 << 10;
    let mut mailbox = opened(limits, &format!("C: $1 LIST \"\" \"*\"\n{rows}S: $1 OK done")).await;
    let (found, allocated) = allocated_by(mailbox.folders(&Folders::all())).await;
    assert!(matches!(found, Err(Error::Limit { .. })), "{found:?}");
    is_below(MIB, "folders", allocated);
}

#[tokio::test(start_paused = true)]
async fn changes_are_bounded_in_bytes() {
    let keywords: String = (0..2000).map(|n| format!(" keyword{n}")).collect();
    let line = format!("S: * 1 FETCH (FLAGS (\\Seen{keywords}))\n");
    let lines = line.repeat(300);
    assert!(lines.len() as u64 > 6 * MIB);
    let mut mailbox = opened(Limits::default(), &format!("C: $1 NOOP\n{lines}S: $1 OK done")).await;
    let (status, allocated) = allocated_by(mailbox.status()).await;
    status.unwrap();
    is_below(4 * MIB, "changes", allocated);
    assert_eq!(mailbox.next_change().await.unwrap(), Change::Resync);
}

/// A maildrop with unique-ids of 65 bytes.
async fn maildrop(messages: u64, limits: Limits) -> Box<dyn Mailbox> {
    let sizes: String = (1..=messages).map(|n| format!("S: {n} 100\n")).collect();
    let id = "x".repeat(60);
    let ids: String = (1..=messages).map(|n| format!("S: {n} {id}{n:05}\n")).collect();
    let text = format!(
        "S: +OK ready\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS secret\nS: +OK\nC: CAPA\n\
         S: -ERR\nC: STAT\nS: +OK {messages} 2000000\nC: LIST\nS: +OK\n{sizes}S: .\nC: UIDL\n\
         S: +OK\n{ids}S: .\nC: STAT\nS: +OK {messages} 2000000"
    );
    let mut account = account(Protocol::Pop3);
    account.limits = limits;
    log_in(&text, &account, &Credentials::password("secret")).await.unwrap()
}

/// 48 bytes and the unique-id for each message.
#[tokio::test(start_paused = true)]
async fn a_pop3_index_is_small() {
    const MESSAGES: u64 = 20_000;
    let mut mailbox = maildrop(MESSAGES, Limits::default()).await;
    let request = List::newest(1);
    let newest = async { mailbox.list(&request).await.unwrap().next().await.unwrap().unwrap() };
    let (newest, allocated) = allocated_by(newest).await;
    let id = "x".repeat(60);
    assert_eq!(newest.id.to_string(), format!("pop1:{id}{MESSAGES:05}"));
    let kept = u64::try_from(allocated.kept).unwrap();
    assert!(kept <= MESSAGES * (48 + 65), "{} bytes a message", kept / MESSAGES);
}

/// The limit is over LIST and UIDL together, and the connection stays usable beyond it.
#[tokio::test(start_paused = true)]
async fn a_pop3_index_is_bounded() {
    let mut limits = Limits::default();
    for (maildrop_limit, fits) in [(100 * (28 + 65), true), (100 * (28 + 65) - 1, false)] {
        limits.maildrop = maildrop_limit;
        let mut mailbox = maildrop(100, limits).await;
        match mailbox.list(&List::all()).await {
            Ok(rows) => assert_eq!((rows.collect(200).await.unwrap().len(), fits), (100, true)),
            Err(Error::Limit { what, limit, .. }) => assert_eq!(
                (what, limit, fits),
                ("bytes of the index of a maildrop", maildrop_limit as u64, false)
            ),
            Err(error) => panic!("{error}"),
        }
        assert_eq!(mailbox.status().await.unwrap().messages, 100);
    }
    limits.maildrop = 16 << 10;
    let mut mailbox = maildrop(50_000, limits).await;
    let request = List::all();
    let (listed, allocated) = allocated_by(mailbox.list(&request)).await;
    assert!(matches!(listed, Err(Error::Limit { .. })), "{:?}", listed.err());
    is_below(MIB, "an index", allocated);
}
