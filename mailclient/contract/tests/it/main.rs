//! Each check finds the lie that it is for: the mailboxes here break one promise each.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod lies;
mod wrong;

use mail_testserver::{Scheme, TestServer};
use mailclient::{Account, BoxFuture, Connect, Credentials, Mailbox, Result, Tls};
use mailclient_contract::{Broken, USER, broken, broken_check, names, server};

use lies::LIES;
use wrong::{Lie, Wrong};

/// Opens mailboxes that tell a lie, or none.
struct Lying {
    login: (Account, Credentials),
    lie: Option<Lie>,
    sessions: usize,
}

impl Lying {
    fn new(server: &TestServer, scheme: Scheme, lie: Option<Lie>) -> Self {
        let account: Account = server.url(scheme, USER).parse().unwrap();
        let account = account.with_tls(Tls::with_config(server.client_config()));
        let password = Credentials::password(server.password(USER));
        Self { login: (account, password), lie, sessions: 0 }
    }
}

impl Connect for Lying {
    fn connect(&mut self) -> BoxFuture<'_, Result<Box<dyn Mailbox>>> {
        Box::pin(async {
            let mailbox = self.login.connect().await?;
            self.sessions += 1;
            Ok(Box::new(Wrong::new(mailbox, self.lie, self.sessions)) as Box<dyn Mailbox>)
        })
    }
}

/// The finding of one check, on a new server.
async fn found(check: &str, scheme: Scheme, lie: Option<Lie>) -> Option<Broken> {
    let server = server().start().await.unwrap();
    broken_check(check, &mut Lying::new(&server, scheme, lie), &server).await
}

#[tokio::test]
async fn each_check_finds_its_lie_and_nothing_without_it() {
    let mut wrong = Vec::new();
    for (check, scheme, lie) in LIES {
        if let Some(broken) = found(check, *scheme, None).await {
            wrong.push(format!("without a lie {broken}"));
        }
        if found(check, *scheme, Some(*lie)).await.is_none() {
            wrong.push(format!("{check} does not find its lie"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_suite_reports_a_lie() {
    let (check, _, lie) = LIES.iter().find(|(check, ..)| check.starts_with("status_")).unwrap();
    let server = server().start().await.unwrap();
    let broken = broken(&mut Lying::new(&server, Scheme::Pop3s, Some(*lie)), &server).await;
    assert!(broken.iter().any(|broken| broken.name == *check), "{broken:?}");
}

#[test]
fn every_check_has_a_lie() {
    let mut lies: Vec<&str> = LIES.iter().map(|(check, ..)| *check).collect();
    lies.dedup();
    assert_eq!(names().collect::<Vec<_>>(), lies);
}
