//! Random sessions with a server that answers in any order, and removes messages between two
//! bodies: no body comes under a wrong id, and each message is told once.

use std::{collections::BTreeSet, env};

use mail_harness::random::Random;
use mailclient::{Credentials, IdSet, Mailbox, MessageId, Part, Protocol, Quirk};
use tokio::{
    io::duplex,
    task::{JoinHandle, yield_now},
};

use super::imap::{Server, text};
use crate::support::account;

fn id(uid: u32) -> MessageId {
    format!("imap1:14:{uid}:INBOX").parse().unwrap()
}

/// One session in a run.
struct Session {
    mailbox: Box<dyn Mailbox>,
    server: JoinHandle<BTreeSet<u32>>,
    random: Random,
    is_rude: bool,
    /// The messages of the folder.
    uids: Vec<u32>,
}

impl Session {
    async fn open(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let is_rude = random.below(2) == 0;
        let mut uids: Vec<u32> = (1..=40).collect();
        uids.retain(|_| random.below(4) > 0);
        uids.push(41);
        let (ours, theirs) = duplex([64, 1 << 16][random.below(2)]);
        let server = tokio::spawn(Server::new(theirs, seed, uids.clone(), is_rude).serve());
        let mut account = account(Protocol::Imap);
        account.preauth = true;
        if random.below(4) == 0 {
            account.quirks = account.quirks.with(Quirk::OneCommandAtATime);
        }
        let credentials = Credentials::password("unused");
        let mailbox = account.connect_protected(ours, &credentials).await.unwrap();
        Self { mailbox, server, random, is_rude, uids }
    }

    /// Reads some messages, perhaps not to the end. Returns those that failed.
    async fn read(&mut self, seed: u64) -> BTreeSet<u32> {
        let mut wanted: BTreeSet<u32> = (1..=41).filter(|_| self.random.below(3) > 0).collect();
        let ids: IdSet = wanted.iter().map(|uid| id(*uid)).collect();
        let mut most = if self.random.below(3) == 0 { self.random.below(20) } else { usize::MAX };
        let mut failed = BTreeSet::new();
        let mut bodies = self.mailbox.fetch_many(&ids, &Part::Whole).await.unwrap();
        while most > 0
            && let Some(next) = bodies.next().await
        {
            most -= 1;
            let (id, body) = next.unwrap_or_else(|error| panic!("{seed}: {error}"));
            let uid = id.to_string().split(':').nth(2).unwrap().parse().unwrap();
            assert!(wanted.remove(&uid), "{seed}: {id} was not wanted, or came twice");
            match body {
                Ok(body) => match body.collect(1 << 20).await {
                    Ok(body) => assert!(body == text(uid), "{seed}: another body for {id}"),
                    // Only a server that answers what was not asked leaves this to the end.
                    Err(error) => assert!(self.is_rude, "{seed}: {id}: {error}"),
                },
                Err(_) => drop(failed.insert(uid)),
            }
        }
        assert!(most == 0 || wanted.is_empty(), "{seed}: not told: {wanted:?}");
        failed
    }

    async fn run(mut self, seed: u64) {
        let mut failed = BTreeSet::new();
        for _ in 0..2 {
            failed.append(&mut self.read(seed).await);
            self.mailbox.keep_alive().await.unwrap();
            yield_now().await;
        }
        drop(self.mailbox);
        let gone = self.server.await.unwrap();
        let there = failed.iter().filter(|uid| self.uids.contains(uid) && !gone.contains(uid));
        let there: Vec<_> = there.collect();
        assert!(self.is_rude || there.is_empty(), "{seed}: failed and there: {there:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_body_comes_under_a_wrong_id() {
    let is_whole = env::var("MAIL_MATRICES").is_ok_and(|value| value == "whole");
    let sessions = if is_whole { 10_000 } else { 400 };
    for seed in 0..sessions {
        Session::open(seed).await.run(seed).await;
    }
}
