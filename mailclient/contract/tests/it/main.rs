//! The suite finds what it is for: each mailbox here breaks one promise, and one check says so.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod wrong;

use std::collections::BTreeSet;

use mail_testserver::{Scheme, TestServer};
use mailclient::{Account, BoxFuture, Credentials, Mailbox, Result, Tls};
use mailclient_contract::{Connect, USER, broken, names, server};

use wrong::{Lie, Wrong};

fn login(server: &TestServer, scheme: Scheme) -> (Account, Credentials) {
    let account: Account = server.url(scheme, USER).parse().unwrap();
    let account = account.with_tls(Tls::with_config(server.client_config()));
    (account, Credentials::password(server.password(USER)))
}

/// Wraps each mailbox into one that lies.
struct Wrapped((Account, Credentials), Option<Lie>);

impl Connect for Wrapped {
    fn connect(&mut self) -> BoxFuture<'_, Result<Box<dyn Mailbox>>> {
        Box::pin(async {
            let mailbox = self.0.connect().await?;
            Ok(match self.1 {
                Some(lie) => Box::new(Wrong { mailbox, lie }) as Box<dyn Mailbox>,
                None => mailbox,
            })
        })
    }
}

async fn failing(scheme: Scheme, lie: Option<Lie>) -> BTreeSet<&'static str> {
    let server = server().start().await.unwrap();
    let mut make = Wrapped(login(&server, scheme), lie);
    broken(&mut make, &server).await.into_iter().map(|check| check.name).collect()
}

#[tokio::test]
async fn each_lie_is_found_by_its_check() {
    for scheme in [Scheme::Imaps, Scheme::Pop3s] {
        let honest = failing(scheme, None).await;
        for (lie, expected) in Lie::ALL {
            let found = failing(scheme, Some(*lie)).await;
            assert!(found.contains(expected), "{scheme} {lie:?}: {found:?}");
            assert!(!honest.contains(expected), "{scheme}: {expected} fails without the lie");
        }
    }
}

#[test]
fn names_are_different() {
    let different: BTreeSet<&str> = names().collect();
    assert_eq!(different.len(), names().count());
}
