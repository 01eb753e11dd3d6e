//! Watches a folder for days: tells every change, also those that happened while the connection was
//! broken or the program was not running.
//!
//! ```text
//! export MAIL_PASSWORD=secret # or MAIL_TOKEN, an OAuth access token
//! cargo run -p mailclient --example watch -- imaps://alice@mail.example.org
//! cargo run -p mailclient --example watch            # on an embedded test server
//! ```

use std::{env, ops::ControlFlow, time::Duration};

use mail_testserver::{Fault, Scheme, TestServer};
use mailclient::{Account, Change, Connect, Credentials, Error, Mailbox, Result, SyncState, Tls};

/// Is told each change, with the state after it: store both together. It may end the watch.
pub(crate) type Tell<'a> =
    &'a mut (dyn FnMut(&Change, Option<&SyncState>) -> ControlFlow<()> + Send);

const LONGEST: Duration = Duration::from_secs(300);

/// Watches the folder that `connect` opens, over as many connections as that takes.
///
/// Give the state that was stored last, or `None` at the first time: then all messages are new.
/// Every change is told at least once.
///
/// # Errors
/// A person has to act: the password is wrong, or the server does not tell changes (POP3).
pub(crate) async fn watch(
    connect: &mut dyn Connect,
    mut state: Option<SyncState>,
    tell: Tell<'_>,
) -> Result<()> {
    let mut pause = Duration::ZERO; // The first new attempt is made at once.
    loop {
        let before = state.clone();
        let error = match session(connect, &mut state, tell).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if !error.is_transient() && !matches!(error, Error::Protocol(_)) {
            return Err(error);
        }
        tokio::time::sleep(error.retry_after().unwrap_or(pause)).await;
        // A connection that brought something was a good one.
        let longer = pause.saturating_mul(2).clamp(Duration::from_secs(1), LONGEST);
        pause = if state == before { longer } else { Duration::ZERO };
    }
}

/// One connection. Returns when the watch is over.
async fn session(
    connect: &mut dyn Connect,
    state: &mut Option<SyncState>,
    tell: Tell<'_>,
) -> Result<()> {
    let mut mailbox = connect.connect().await?;
    loop {
        // What happened since the state, however long that is ago.
        if catch_up(&mut *mailbox, state, tell).await?.is_break() {
            return mailbox.close().await.map(drop);
        }
        if state.is_none() {
            return Err(Error::closed()); // Open the folder anew, and begin with all messages.
        }
        // Then wait. What this tells is only a signal: the next turn tells it with its ids.
        if let Change::Alert(text) = mailbox.next_change().await? {
            let _ = tell(&Change::Alert(text), state.as_ref());
        }
    }
}

async fn catch_up(
    mailbox: &mut dyn Mailbox,
    state: &mut Option<SyncState>,
    tell: Tell<'_>,
) -> Result<ControlFlow<()>> {
    let open = mailbox.selected().ok_or(Error::NoFolder)?;
    let mut known = match state.take() {
        Some(known) => known,
        None => SyncState::new(open)?,
    };
    let since = known.clone();
    // Put back now: it is there however this function ends.
    *state = Some(known.clone());
    let mut changes = mailbox.changes_since(&since).await?;
    while let Some(change) = changes.next().await {
        let change = change?;
        known.apply(&change);
        // After a change of the UIDVALIDITY, or a contradiction, everything is new again.
        let is_over = matches!(change, Change::Reset | Change::Resync);
        *state = (!is_over).then(|| known.clone());
        if tell(&change, state.as_ref()).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let Some(url) = env::args().nth(1) else {
        let server = TestServer::start().await?;
        return Ok(on_test_server(&server).await.map(drop)?);
    };
    let account: Account = url.parse()?;
    let mut login = (account, credentials()?);
    // A real program stores the state, and gives it to `watch` at its next start.
    Ok(watch(&mut login, None, &mut |change, _| print(change)).await?)
}

#[allow(clippy::print_stdout, reason = "a program shows what it does")]
fn print(change: &Change) -> ControlFlow<()> {
    match change {
        Change::New { id: Some(id), .. } => println!("new: {id}"),
        Change::Removed { id: Some(id), .. } => println!("gone: {id}"),
        Change::Flags { id: Some(id), flags, .. } => println!("{id} is now {flags}"),
        Change::State(state) => println!("up to date: {} messages", state.messages()),
        other => println!("{other:?}"),
    }
    ControlFlow::Continue(())
}

/// Watches the INBOX of bob: one mail comes at once, one while we wait, and one while the
/// connection is broken. Returns the ids of those that were told.
pub(crate) async fn on_test_server(server: &TestServer) -> Result<Vec<String>> {
    let deliver = |text: &'static str| server.deliver("bob", "INBOX", text).map_err(Error::local);
    deliver("Subject: first\r\n\r\n")?;
    let account: Account = server.url(Scheme::Imaps, "bob").parse()?;
    let account = account.with_tls(Tls::with_config(server.client_config()));
    let mut login = (account, Credentials::password(server.password("bob")));
    let (mut told, mut failed) = (Vec::new(), Ok(0));
    watch(&mut login, None, &mut |change, _| {
        let _ = print(change);
        match change {
            Change::New { id: Some(id), .. } => told.push(id.to_string()),
            // In step with the server: now something happens.
            Change::State(_) if told.len() == 1 => failed = deliver("Subject: second\r\n\r\n"),
            Change::State(_) if told.len() == 2 => {
                server.faults().once(Fault::Bye("restarting".into()));
                failed = deliver("Subject: third\r\n\r\n");
            }
            Change::State(_) => return ControlFlow::Break(()),
            _ => {}
        }
        if failed.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .await?;
    failed.map(|_| told)
}

/// An access token where there is one (Office 365, Gmail), else a password.
fn credentials() -> Result<Credentials, env::VarError> {
    match env::var("MAIL_TOKEN") {
        Ok(token) => Ok(Credentials::token(token)),
        Err(_) => env::var("MAIL_PASSWORD").map(Credentials::password),
    }
}
