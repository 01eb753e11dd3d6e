//! A help desk's collector: every mail in INBOX becomes a ticket and goes to `Processed`. It
//! survives a server that restarts, a network that breaks, a mail that nothing can read.
//!
//! ```text
//! export MAIL_PASSWORD=secret # or MAIL_TOKEN, an OAuth access token
//! cargo run -p mailclient --example collect -- imaps://desk@mail.example.org
//! cargo run -p mailclient --example collect          # on an embedded test server
//! ```

use std::{collections::HashMap, env, time::Duration};

use mail_testserver::{Fault, Scheme, TestServer};
use mailclient::{
    Account, Attachment, Connect, Credentials, Error, FolderName, IdSet, List, Mailbox, Message,
    MessageId, NewFolder, Part, Result, Tls,
};

/// Where the mails go.
const PROCESSED: &str = "Processed";
/// Where those go that cannot be read, or are too large: a person looks at them.
const SET_ASIDE: &str = "Set aside";
/// The largest mail that becomes a ticket, in bytes. It is low, so that one of the test server is
/// set aside: mails with photos need 64 MiB.
const LARGEST: u64 = 1 << 20;
/// How often a mail may break the connection before it is set aside unread.
const ATTEMPTS: u32 = 3;

/// What a mail becomes.
pub(crate) struct Ticket {
    /// After a crash between storing and filing a mail comes again: the id tells that it is known.
    pub(crate) id: MessageId,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) attachments: Vec<Attachment>,
}

type Store<'a> = &'a mut (dyn FnMut(Ticket) + Send);
struct Desk<'a> {
    store: Store<'a>,
    /// How often each mail was begun.
    attempts: HashMap<MessageId, u32>,
}

/// Collects until INBOX is empty, over as many connections as that takes. A program that runs for
/// ever calls this every minute, or when `examples/watch.rs` tells of a new mail.
///
/// # Errors
/// A person has to act: the password is wrong, the disk of the server is full.
pub(crate) async fn collect(connect: &mut dyn Connect, store: Store<'_>) -> Result<()> {
    let mut desk = Desk { store, attempts: HashMap::new() };
    let mut pause = Duration::ZERO; // The first new attempt is made at once.
    loop {
        let before = desk.attempts.len();
        let Err(error) = session(connect, &mut desk).await else { return Ok(()) };
        if !error.is_transient() && !matches!(error, Error::Unknown { .. } | Error::Protocol(_)) {
            return Err(error);
        }
        tokio::time::sleep(error.retry_after().unwrap_or(pause)).await;
        // A connection that brought something was a good one.
        let longer = (pause * 2).clamp(Duration::from_secs(1), Duration::from_secs(300));
        pause = if desk.attempts.len() > before { Duration::ZERO } else { longer };
    }
}

/// One connection: takes every mail that is there.
async fn session(connect: &mut dyn Connect, desk: &mut Desk<'_>) -> Result<()> {
    let mut mailbox = connect.connect().await?;
    loop {
        let (request, mut ids) = (List::newest(100), Vec::new());
        let mut rows = mailbox.list(&request).await?;
        while let Some(row) = rows.next().await {
            match row {
                Ok(row) => ids.push(row.id),
                Err(Error::Damaged(damage)) => ids.extend(damage.id), // The mail may be fine.
                Err(error) => return Err(error),
            }
        }
        drop(rows);
        if ids.is_empty() {
            return mailbox.close().await.map(drop);
        }
        for id in ids {
            take(&mut *mailbox, id, desk).await?;
        }
    }
}

/// Makes a ticket of one mail, or sets the mail aside.
async fn take(mailbox: &mut dyn Mailbox, id: MessageId, desk: &mut Desk<'_>) -> Result<()> {
    let attempt = desk.attempts.entry(id.clone()).and_modify(|count| *count += 1).or_insert(1);
    if *attempt > ATTEMPTS {
        return file(mailbox, id, SET_ASIDE).await;
    }
    let body = match mailbox.fetch(&id, &Part::Whole).await {
        Ok(body) => body.collect(LARGEST).await,
        Err(error) => Err(error),
    };
    match body {
        Ok(bytes) => {
            let message = Message::parse(bytes);
            let subject = message.envelope().subject.unwrap_or_default();
            let (text, attachments) = (message.text(), message.attachments());
            (desk.store)(Ticket { id: id.clone(), subject, text, attachments });
            file(mailbox, id, PROCESSED).await
        }
        Err(Error::NoSuchMessage(_)) => Ok(()), // Another program was faster.
        Err(error) if error.needs_reconnect() || error.is_transient() => Err(error),
        // This mail is the trouble, and not the connection: the others go on.
        Err(_) => file(mailbox, id, SET_ASIDE).await,
    }
}

/// Moves a mail to a folder, which is created when it is not there yet.
async fn file(mailbox: &mut dyn Mailbox, id: MessageId, folder: &str) -> Result<()> {
    let (ids, folder): (IdSet, FolderName) = (id.into(), folder.parse()?);
    let moved = mailbox.move_to(&ids, &folder).await;
    if !moved.as_ref().is_err_and(Error::needs_folder) {
        return moved.map(drop);
    }
    mailbox.create(&NewFolder::new(folder.clone())).await?;
    mailbox.move_to(&ids, &folder).await.map(drop)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let Some(url) = env::args().nth(1) else {
        let server = TestServer::start().await?;
        return Ok(on_test_server(&server).await?);
    };
    let account: Account = url.parse()?;
    let mut login = (account, credentials()?);
    Ok(collect(&mut login, &mut print).await?)
}

#[allow(clippy::print_stdout, reason = "a program shows what it does")]
fn print(ticket: Ticket) {
    println!("{}: {}, {} characters", ticket.id, ticket.subject, ticket.text.chars().count());
    for attachment in ticket.attachments {
        println!("  {:?}: {} bytes", attachment.name, attachment.content().into_vec().len());
    }
}

/// Collects the mails of alice, of which one is too large; the connection breaks in between.
pub(crate) async fn on_test_server(server: &TestServer) -> Result<()> {
    server.faults().once(Fault::CutAfter(20_000));
    let account: Account = server.url(Scheme::Imaps, "alice").parse()?;
    let account = account.with_tls(Tls::with_config(server.client_config()));
    let mut login = (account, Credentials::password(server.password("alice")));
    collect(&mut login, &mut print).await
}

/// An access token where there is one (Office 365, Gmail), else a password.
fn credentials() -> Result<Credentials, env::VarError> {
    match env::var("MAIL_TOKEN") {
        Ok(token) => Ok(Credentials::token(token)),
        Err(_) => env::var("MAIL_PASSWORD").map(Credentials::password),
    }
}
