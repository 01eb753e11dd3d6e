//! How often the client waits for the server: each operation over a pipe with latency, on paused
//! time.

use std::time::Duration;

use mail_harness::{
    fault::Wire,
    pipe::{Speed, pipe},
};
use mail_testserver::{Scheme, TestServer};
use mailclient::{Credentials, List, Part, Protocol};
use tokio::time::Instant;

use super::Case;
use crate::{
    operations::{ALL, LOGIN},
    session::{Way, everything},
    support::account,
};

/// The time from one end to the other.
const LATENCY: Duration = Duration::from_secs(1);

/// The round trips of each operation over IMAP and POP3, on the server that can do everything; `-`
/// where there is no such operation. `next change` waits five seconds for news in any case,
/// `keep alive` is quiet for ten minutes before it, and `expunge` has nothing to do.
const TABLE: &str = "
login            2 5
status           1 1
list             1 2
list newest      1 2
list envelopes   1 3
fetch            1 3
fetch headers    1 3
structure        1 -
list structures  1 -
fetch decoded    1 -
fetch many       2 3
leave many       2 4
leave envelopes  2 4
folders          1 -
folders counted  1 -
status of        1 -
namespaces       1 -
create           1 -
rename           1 -
remove           1 -
subscribe        1 -
quota            1 -
rights           1 -
open Archive     1 -
search           1 -
sort             1 -
thread           1 -
set flags        1 -
set flags if unchanged 1 -
set labels       - -
copy             1 -
move             1 -
append           1 -
replace          1 -
changes since    1 -
next change      2 -
keep alive       301 301
delete           0 0
undelete         0 0
expunge          0 -
delete and expunge 3 -
close            1 1
delete and close 4 3
";

/// The round trips that an operation takes, alone after the login.
async fn round_trips(case: &Case, name: &str) -> Option<u128> {
    let speed = Speed::new(LATENCY, 1 << 40);
    let operation = [LOGIN].into_iter().chain(ALL).find(|one| one.name() == name).unwrap();
    let mut session = case.session(&Wire::new(), Way::Slow(speed)).await;
    if name != LOGIN.name() {
        LOGIN.run(&mut session).await.unwrap();
    }
    let begun = Instant::now();
    let answer = operation.run(&mut session).await;
    let took = begun.elapsed();
    match answer {
        Err(failure) if failure.class == "Unsupported" => None,
        answer => {
            answer.unwrap();
            // Half a round trip is the way of a greeting, or of a farewell.
            Some(took.as_millis() / (2 * LATENCY.as_millis()))
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_operation_waits_for_the_server_as_often_as_the_table_says() {
    let imap = Case::new(everything(), Protocol::Imap).await;
    let pop3 = Case::new(everything(), Protocol::Pop3).await;
    let mut found = String::from("\n");
    for operation in [LOGIN].into_iter().chain(ALL) {
        let name = operation.name();
        let shown = |trips: Option<u128>| trips.map_or_else(|| "-".into(), |n| n.to_string());
        let (imap, pop3) = (round_trips(&imap, name).await, round_trips(&pop3, name).await);
        found += &format!("{name:16} {} {}\n", shown(imap), shown(pop3));
    }
    assert_eq!(found, TABLE);
}

/// A slow line is no silent server: a message that takes minutes arrives.
#[tokio::test(start_paused = true)]
async fn a_slow_transfer_is_not_cut_off() {
    const SIZE: usize = 400_000;
    let message = [&b"Subject: large\r\n\r\n"[..], &b"0123456\r\n".repeat(SIZE / 9)].concat();
    for protocol in [Protocol::Imap, Protocol::Pop3] {
        let builder = TestServer::builder().without_messages();
        let server = builder.message("alice", "INBOX", message.clone()).start().await.unwrap();
        let scheme = if protocol == Protocol::Imap { Scheme::Imap } else { Scheme::Pop3 };
        // Twice the rate that the client demands after a minute.
        let (theirs, ours) = pipe(Speed { window: 1024, ..Speed::new(LATENCY / 100, 2048) });
        tokio::spawn(server.serve(scheme, theirs));
        let credentials = Credentials::password(server.password("alice"));
        let mut mailbox = account(protocol).connect_protected(ours, &credentials).await.unwrap();
        let rows = mailbox.list(&List::all()).await.unwrap().collect(10).await.unwrap();
        let begun = Instant::now();
        let body = mailbox.fetch(&rows[0].id, &Part::Whole).await.unwrap();
        assert_eq!(body.collect(1 << 20).await.unwrap(), message);
        assert!(begun.elapsed() > Duration::from_secs(180), "{:?}", begun.elapsed());
    }
}
