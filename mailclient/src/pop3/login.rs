//! Greeting, STLS and login of POP3.

use pop3_proto::{
    Capabilities, Command, CommandId, Config, Status, Transport,
    client::{Connection, Event},
};

use crate::{
    account::Account,
    credentials::{Credentials, Secret},
    error::{Error, Result, Stage},
    folder::{Access, FolderName},
    id::{IdSet, session_number},
    pop3::{
        mailbox::{Pop3Mailbox, Under},
        session::accepted,
    },
    sasl::{LoginMachine, OneMessage, Session, Step, login_with, with_token},
    stream::BoxStream,
};

/// Whether a server is asked for its capabilities (RFC 2449).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capa {
    Ask,
    /// It was asked and has not answered: some hang up or fall silent then.
    Unanswered,
}

impl LoginMachine for Connection {
    fn authenticate<'c>(mechanism: &'static str, initial: Option<&'c [u8]>) -> Result<Command<'c>> {
        Ok(Command::Auth { mechanism, initial_response: initial })
    }

    fn step(event: Event) -> Step<CommandId> {
        match event {
            Event::Challenge { id, data, .. } => Step::Challenge(id, data),
            Event::OAuthFailure { failure, .. } => Step::status(failure.status),
            Event::StartTls { .. } => Step::Tls,
            Event::TokenTooLong { octets, .. } => {
                Step::Reason(format!("the server may not take a token of {octets} bytes"))
            }
            Event::Done { id, .. } => Step::Done(id, accepted("the login", event)),
            _ => Step::Other,
        }
    }

    fn alert(_: &Event) -> Option<String> {
        None
    }
}

/// Logs in over a stream on which nothing was read yet.
///
/// # Errors
/// As [`Account::connect`]. With [`Capa::Unanswered`] the server may let us in if it is not asked.
pub(crate) async fn connect(
    account: &Account,
    stream: BoxStream,
    is_protected: bool,
    credentials: &Credentials,
    capa: &mut Capa,
) -> Result<Pop3Mailbox> {
    let transport = if is_protected { Transport::Tls } else { Transport::Clear };
    let mut session = Session::new(account, stream, machine(account, transport), Stage::Greeting);
    greeting(&mut session).await?;
    if !is_protected {
        session = session.start_tls(account, "STLS", &Command::Stls).await?;
    }
    session.driver.set_stage(Stage::Login);
    let asks = *capa == Capa::Ask && !account.hides("CAPA");
    if asks {
        *capa = Capa::Unanswered;
        session.ask(&Command::Capa).await?;
        *capa = Capa::Ask;
    }
    let has_capa = session.driver.machine().capabilities().is_some();
    utf8(&mut session, account).await?;
    match credentials {
        Credentials::Password(password) => {
            with_password(&mut session, &account.user, password).await?;
        }
        Credentials::Token(source) => with_token(&mut session, &account.user, &**source).await?,
    }
    // They may change with the login (Gmail, RFC 2449 section 5).
    if asks {
        // A server that answered before can bear the question.
        if !has_capa {
            *capa = Capa::Unanswered;
        }
        session.ask(&Command::Capa).await?;
    }
    *capa = Capa::Ask;
    tracing::debug!(user = %account.user, "logged in over POP3");
    opened(session, account).await
}

fn machine(account: &Account, transport: Transport) -> Connection {
    let mut config = Config::new(transport);
    account.quirks.apply_to_pop3(&mut config);
    // UIDL is tried where it is not announced: nothing is lost by it.
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

/// UTF-8 mode (RFC 6856) where it is offered: without it Courier wraps messages with header fields
/// in UTF-8 into an attachment. A refusal changes nothing.
async fn utf8(session: &mut Session<Connection>, account: &Account) -> Result<()> {
    let known = session.driver.machine().capabilities();
    if known.is_some_and(Capabilities::has_utf8) && !account.hides("UTF8") {
        session.ask(&Command::Utf8).await?;
    }
    Ok(())
}

async fn with_password(
    session: &mut Session<Connection>,
    user: &str,
    password: &Secret,
) -> Result<()> {
    let known = session.driver.machine().capabilities();
    if known.is_some_and(|known| known.has_mechanism("PLAIN")) {
        return login_with(session, &mut OneMessage::plain(user, password)?).await;
    }
    session.say("USER", &Command::User(user), password).await?;
    session.say("USER and PASS", &Command::Pass(password.expose()), password).await
}

async fn opened(mut session: Session<Connection>, account: &Account) -> Result<Pop3Mailbox> {
    session.driver.set_stage(Stage::Command);
    let mut mailbox = Pop3Mailbox {
        driver: session.driver,
        longest_header: account.limits.headers,
        longest_index: account.limits.maildrop,
        hidden: account.hidden_capabilities.clone(),
        open: None,
        session: session_number(),
        index: None,
        uidl_works: None,
        top_works: None,
        under: Under::Nothing,
        marks: IdSet::new(),
        closed: None,
    };
    let inbox = (FolderName::inbox(), Access::ReadWrite);
    let (folder, access) = account.open.as_ref().unwrap_or(&inbox);
    let opened = mailbox.select(folder, *access).await;
    opened.map_err(|error| error.without(mailbox.driver.secrets()))?;
    Ok(mailbox)
}
