//! Greeting, STLS and login of POP3.

use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;
use pop3_proto::{
    Command, CommandId, Config, SendError, Status, Transport,
    client::{Connection, Event},
};
use zeroize::Zeroizing;

use crate::{
    account::Account,
    connect::failed::Failed,
    credentials::{Credentials, Secret},
    driver::Driver,
    error::{Error, Result, Stage, TlsError},
    folder::{Access, FolderName},
    id::IdSet,
    pop3::{
        mailbox::{Pop3Mailbox, Under},
        session::refusal,
    },
    sasl::{LoginMachine, Plain, Session, Step, login_with, with_token},
    stream::BoxStream,
};

/// Whether a server is asked for its capabilities (RFC 2449). Some hang up or fall silent then.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capa {
    Ask,
    Skip,
}

impl LoginMachine for Connection {
    fn authenticate(
        &mut self,
        mechanism: &'static str,
        initial: Option<&[u8]>,
    ) -> Result<CommandId> {
        self.send(&Command::Auth { mechanism, initial_response: initial }).map_err(not_sent)
    }

    fn answer(&mut self, id: CommandId, data: Bytes) -> Result<()> {
        self.answer(id, data).map_err(not_sent)
    }

    fn cancel(&mut self, id: CommandId) -> Result<()> {
        self.cancel(id).map_err(not_sent)
    }

    fn step(event: Event) -> Step<CommandId> {
        match event {
            Event::Challenge { id, data, .. } => Step::Challenge(id, data),
            Event::OAuthFailure { failure, .. } => {
                let status = failure.status.map(|status| status.to_string());
                Step::Reason(status.map_or_else(String::new, |status| format!("status {status}")))
            }
            Event::TokenTooLong { octets, .. } => {
                Step::Reason(format!("the server may not take a token of {octets} bytes"))
            }
            Event::Done { id, status: Status::Ok, .. } => Step::Done(id, None),
            Event::Done { id, code, text, .. } => {
                Step::Done(id, Some(refusal("the login", code.as_ref(), &text)))
            }
            _ => Step::Other,
        }
    }

    fn alert(_: &Event) -> Option<String> {
        None
    }
}

/// A command of the login that cannot be sent.
fn not_sent(error: SendError) -> Error {
    match error {
        SendError::Closed => Error::closed(),
        other => Error::misuse(format_args!("login: {other}")),
    }
}

/// Logs in over a stream on which nothing was read yet.
///
/// # Errors
/// As [`Account::connect`].
pub(crate) async fn connect(
    account: &Account,
    stream: BoxStream,
    is_protected: bool,
    credentials: &Credentials,
    capa: Capa,
) -> Result<Pop3Mailbox, Failed> {
    let transport = if is_protected { Transport::Tls } else { Transport::Clear };
    let machine = machine(account, transport);
    let driver = Driver::new(stream, machine, account.timeouts, Stage::Greeting);
    let mut session = Session::new(driver);
    let capa = if account.hides("CAPA") { Capa::Skip } else { capa };
    greeting(&mut session).await?;
    if !is_protected {
        session = stls(session, account).await?;
    }
    session.driver.set_stage(Stage::Login);
    if capa == Capa::Ask {
        ask_capa(&mut session).await.map_err(Failed::InCapa)?;
    }
    utf8(&mut session, account).await?;
    match credentials {
        Credentials::Password(password) => {
            with_password(&mut session, &account.user, password).await?;
        }
        Credentials::Token(source) => with_token(&mut session, &account.user, &**source).await?,
    }
    // They may change with the login (Gmail, RFC 2449 section 5).
    if capa == Capa::Ask {
        ask_capa(&mut session).await.map_err(Failed::InCapa)?;
    }
    tracing::debug!(user = %account.user, "logged in over POP3");
    Ok(opened(session, account).await?)
}

fn machine(account: &Account, transport: Transport) -> Connection {
    let mut config = Config::new(transport);
    account.quirks.apply_to_pop3(&mut config);
    // What is not announced is tried where nothing is lost by it: UIDL.
    config.quirks.unannounced = true;
    Connection::new(config)
}

async fn greeting(session: &mut Session<Connection>) -> Result<()> {
    match session.next_event().await? {
        Event::Greeting { status: Status::Ok, .. } => Ok(()),
        // Turned away: as `BYE` on IMAP.
        Event::Greeting { text, .. } => Err(Error::closed_saying(text.to_string())),
        _ => Err(Error::inconsistent("something came before the greeting")),
    }
}

/// In clear text: only STLS. A server that refuses it gets no credentials.
async fn stls(mut session: Session<Connection>, account: &Account) -> Result<Session<Connection>> {
    session.driver.set_stage(Stage::Login);
    session.driver.machine_mut().send(&Command::Stls).map_err(not_sent)?;
    match session.next_event().await? {
        Event::StartTls { .. } => {}
        Event::Done { .. } => return Err(TlsError::NotOffered("STLS").into()),
        _ => return Err(Error::inconsistent("STLS was answered with something else")),
    }
    let (stream, machine) = session.driver.into_tls_parts()?;
    let stream = account.handshake(stream).await?;
    Ok(Session::new(Driver::new(stream, machine, account.timeouts, Stage::Login)))
}

/// A server without CAPA answers `-ERR`, which is no failure.
async fn ask_capa(session: &mut Session<Connection>) -> Result<()> {
    session.driver.machine_mut().send(&Command::Capa).map_err(not_sent)?;
    while !matches!(session.next_event().await?, Event::Done { .. }) {}
    Ok(())
}

/// UTF-8 mode (RFC 6856) where it is offered: without it Courier wraps messages with header fields
/// in UTF-8 into an attachment. A refusal changes nothing.
async fn utf8(session: &mut Session<Connection>, account: &Account) -> Result<()> {
    let known = session.driver.machine().capabilities();
    if account.hides("UTF8") || !known.is_some_and(pop3_proto::Capabilities::has_utf8) {
        return Ok(());
    }
    session.driver.machine_mut().send(&Command::Utf8).map_err(not_sent)?;
    while !matches!(session.next_event().await?, Event::Done { .. }) {}
    Ok(())
}

async fn with_password(
    session: &mut Session<Connection>,
    user: &str,
    password: &Secret,
) -> Result<()> {
    let known = session.driver.machine().capabilities();
    if known.is_some_and(|known| known.has_mechanism("PLAIN")) {
        return login_with(session, &mut Plain::new(user, password)?).await;
    }
    let secrets = [Zeroizing::new(password.expose().to_owned())];
    let id = session.driver.machine_mut().send(&Command::User(user)).map_err(not_sent)?;
    session.outcome(id, "USER", None, &secrets).await?;
    let id =
        session.driver.machine_mut().send(&Command::Pass(password.expose())).map_err(not_sent)?;
    session.outcome(id, "USER and PASS", None, &secrets).await
}

async fn opened(mut session: Session<Connection>, account: &Account) -> Result<Pop3Mailbox> {
    session.driver.set_stage(Stage::Command);
    let [one, two, three, four, ..] = RandomState::new().hash_one(0).to_be_bytes();
    let mut mailbox = Pop3Mailbox {
        driver: session.driver,
        longest_header: account.limits.headers,
        hidden: account.hidden_capabilities.clone(),
        open: None,
        session: u32::from_be_bytes([one, two, three, four]),
        index: None,
        uidl_works: None,
        top_works: None,
        under: Under::Nothing,
        marks: IdSet::new(),
        closed: None,
    };
    let inbox = (FolderName::inbox(), Access::ReadWrite);
    let (folder, access) = account.open.as_ref().unwrap_or(&inbox);
    mailbox.select(folder, *access).await?;
    Ok(mailbox)
}
