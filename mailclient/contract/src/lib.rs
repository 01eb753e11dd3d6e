//! What every implementation of [`Mailbox`](mailclient::Mailbox) has to do, as a suite that runs
//! against one.
//!
//! [`suite`] opens mailboxes of the account [`USER`] on a test server, calls every method, and
//! compares what it says and does with the content of the server, which it reads without
//! `mailclient`. For every method it knows both answers: that of a mailbox with the feature, and
//! that of one without it.
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use mail_testserver::Scheme;
//! use mailclient::{Account, Credentials, Tls};
//!
//! let server = mailclient_contract::server().start().await?;
//! let account: Account = server.url(Scheme::Imaps, mailclient_contract::USER).parse()?;
//! let account = account.with_tls(Tls::with_config(server.client_config()));
//! let password = Credentials::password(server.password(mailclient_contract::USER));
//! mailclient_contract::suite(&mut (account, password), &server).await;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod case;
mod checks;
mod content;
mod personas;
mod truth;

use std::fmt;

use mailclient::Connect;

pub use content::{USER, server};
pub use personas::{Persona, personas};
pub use truth::{RealServer, Truth};

/// A check that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Broken {
    /// The behaviour that is missing, as a sentence with underscores.
    pub name: &'static str,
    /// The behaviour that was found instead.
    pub reason: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

/// Runs every check on mailboxes of `make`, which open INBOX of the account [`USER`] for reading
/// and writing on `truth`, a server that [`server`] described. The checks change its content.
///
/// # Panics
/// A check failed.
pub async fn suite(make: &mut dyn Connect, truth: impl Into<Truth<'_>>) {
    let broken = broken(make, truth).await;
    let lines: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert!(broken.is_empty(), "{} checks failed:\n{}", broken.len(), lines.join("\n"));
}

/// As [`suite`], but returns the checks that failed.
pub async fn broken(make: &mut dyn Connect, truth: impl Into<Truth<'_>>) -> Vec<Broken> {
    let (truth, mut broken) = (truth.into(), Vec::new());
    for check in checks::ALL {
        broken.extend(check.broken(make, truth).await);
    }
    broken
}

/// Runs the check of that name only; `None` if it holds.
///
/// # Panics
/// There is no check of that name.
pub async fn broken_check(
    name: &str,
    make: &mut dyn Connect,
    truth: impl Into<Truth<'_>>,
) -> Option<Broken> {
    let check = checks::ALL.iter().find(|check| check.name == name);
    let Some(check) = check else { panic!("there is no check {name}") };
    check.broken(make, truth.into()).await
}

/// The names of all checks, in the order in which they run.
pub fn names() -> impl Iterator<Item = &'static str> {
    checks::ALL.iter().map(|check| check.name)
}

/// The README of the workspace, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
