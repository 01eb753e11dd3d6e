//! The example programs, run to their end on the embedded server.

#[allow(dead_code, reason = "its `main` takes an account")]
#[path = "../../examples/collect.rs"]
mod collect;
#[allow(dead_code, reason = "its `main` takes an account")]
#[path = "../../examples/pop3_keep_14_days.rs"]
mod pop3_keep_14_days;
#[allow(dead_code, reason = "its `main` takes an account")]
#[path = "../../examples/watch.rs"]
mod watch;

use std::{ops::ControlFlow, time::Duration};

use mail_testserver::{Change, Fault, Scheme, TestServer};
use mailclient::{BoxFuture, Connect, Credentials, Mailbox, Protocol, Result, SyncState};
use tokio::{io::duplex, time::timeout};

use self::pop3_keep_14_days::Done;
use crate::support::account;

fn count(server: &TestServer, folder: &str) -> Option<usize> {
    server.messages("alice", folder).map(|messages| messages.len())
}

#[tokio::test]
async fn the_collector_files_every_mail_although_the_connection_breaks() {
    let server = TestServer::start().await.unwrap();
    collect::on_test_server(&server).await.unwrap();
    assert_eq!(server.faults().met(), 1);
    assert_eq!(count(&server, "INBOX"), Some(0));
    assert_eq!((count(&server, "Processed"), count(&server, "Set aside")), (Some(15), Some(1)));
}

/// Opens mailboxes over pipes, so that the pauses between attempts take no time.
struct Pipes<'s>(&'s TestServer);

impl Connect for Pipes<'_> {
    fn connect(&mut self) -> BoxFuture<'_, Result<Box<dyn Mailbox>>> {
        Box::pin(async {
            let (ours, theirs) = duplex(1 << 16);
            tokio::spawn(self.0.serve(Scheme::Imap, theirs));
            let password = Credentials::password(self.0.password("alice"));
            account(Protocol::Imap).connect_protected(ours, &password).await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn the_collector_gives_a_mail_up_that_breaks_every_connection() {
    let poison = format!("Subject: poison\r\n\r\n{}", "x".repeat(400_000));
    let builder = TestServer::builder().without_messages().without_ports();
    let builder = builder.message("alice", "INBOX", poison);
    let server = builder.message("alice", "INBOX", "Subject: fine\r\n\r\n").start().await.unwrap();
    server.faults().times(3, Fault::CutAfter(50_000));
    let mut subjects = Vec::new();
    let mut store = |ticket: collect::Ticket| subjects.push(ticket.subject);
    collect::collect(&mut Pipes(&server), &mut store).await.unwrap();
    assert_eq!((server.faults().met(), subjects), (3, vec!["fine".to_owned()]));
    assert_eq!((count(&server, "INBOX"), count(&server, "Set aside")), (Some(0), Some(1)));
}

#[tokio::test]
async fn the_watch_tells_what_came_while_the_connection_was_broken() {
    let server = TestServer::start().await.unwrap();
    let told = watch::on_test_server(&server).await.unwrap();
    assert_eq!(server.faults().met(), 1);
    let uids: Vec<&str> = told.iter().filter_map(|id| id.split(':').nth(2)).collect();
    assert_eq!(uids, ["1", "2", "3"]);
}

/// The stored state is of a folder that was made anew since.
#[tokio::test(start_paused = true)]
async fn the_watch_begins_anew_when_every_id_has_changed() {
    let builder = TestServer::builder().without_messages().without_ports();
    let server = builder.message("alice", "INBOX", "Subject: x\r\n\r\n").start().await.unwrap();
    let old = "sync1:9:9:0:1-3:INBOX".parse().unwrap();
    let mut told: Vec<(String, bool)> = Vec::new();
    let mut tell = |change: &mailclient::Change, state: Option<&SyncState>| {
        told.push((format!("{change:?}").chars().take(5).collect(), state.is_some()));
        let is_last = matches!(change, mailclient::Change::State(_));
        if is_last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut pipes = Pipes(&server);
    let watch = watch::watch(&mut pipes, Some(old), &mut tell);
    timeout(Duration::from_secs(3600), watch).await.unwrap().unwrap();
    let expected = [("Reset", false), ("New {", true), ("State", true)];
    assert_eq!(told, expected.map(|(name, has_state)| (name.to_owned(), has_state)));
}

#[tokio::test]
async fn pop3_mails_are_fetched_once_and_deleted_after_14_days() {
    let server = TestServer::start().await.unwrap();
    let folder = std::env::temp_dir().join(format!("keep-14-days-{}", std::process::id()));
    let visits = pop3_keep_14_days::on_test_server(&server, &folder).await;
    let files = std::fs::read_dir(&folder).unwrap().count();
    std::fs::remove_dir_all(&folder).unwrap();
    let done = |fetched, deleted| Done { fetched, deleted };
    assert_eq!(visits.unwrap(), [done(16, 0), done(0, 0), done(1, 16)]);
    assert_eq!((files, count(&server, "INBOX")), (18, Some(1)));
    let deleted =
        server.log().into_iter().filter(|entry| matches!(entry.change, Change::Deleted { .. }));
    assert_eq!(deleted.count(), 16);
}
