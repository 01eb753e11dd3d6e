//! Greeting, STARTTLS and login of IMAP.

use std::{
    borrow::Cow,
    hash::{BuildHasher, RandomState},
};

use bytes::Bytes;
use imap_proto_lite::{
    AString, Atom, Capabilities, Command, CommandId, Config, SendError, Transport,
    client::{Connection, Event, GreetingStatus},
    response::{Response, ResponseCode},
    selected::Selected,
};
use zeroize::Zeroizing;

use crate::{
    account::Account,
    credentials::{Credentials, Secret},
    driver::Driver,
    error::{Error, Refusal, Result, Stage, TlsError},
    id::IdSet,
    imap::{
        answer::{accepted, refusal},
        mailbox::{ImapMailbox, Under, Watch},
        pending::Pending,
    },
    machine::words,
    sasl::{LoginMachine, Plain, Session, Step, login_with, with_token},
    stream::BoxStream,
};

impl LoginMachine for Connection {
    fn authenticate(
        &mut self,
        mechanism: &'static str,
        initial: Option<&[u8]>,
    ) -> Result<CommandId> {
        let mechanism = Atom::new(mechanism).map_err(Error::misuse)?;
        let initial_response = initial.map(Cow::Borrowed);
        self.send(&Command::Authenticate { mechanism, initial_response }).map_err(not_sent)
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
            Event::Done { id, status, .. } if status.is_ok() => Step::Done(id, None),
            Event::Done { id, code, text, .. } => {
                Step::Done(id, Some(refusal("the login", code.as_ref(), &text)))
            }
            _ => Step::Other,
        }
    }

    fn alert(event: &Event) -> Option<String> {
        let alert = |code: Option<&ResponseCode<'_>>| matches!(code, Some(ResponseCode::Alert));
        match event {
            Event::Greeting { code, text, .. } | Event::Done { code, text, .. } => {
                alert(code.as_ref()).then(|| text.to_string())
            }
            Event::Untagged(line) => match line.response() {
                Response::Condition { code, text, .. } if alert(code.as_ref()) => {
                    Some(words(&text))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// A command of the login that cannot be sent.
fn not_sent(error: SendError) -> Error {
    match error {
        SendError::Closed => Error::closed(),
        other => Error::misuse(format_args!("login: {other}")),
    }
}

/// Logs in over a stream on which nothing was read yet, and opens the folder of the account.
///
/// # Errors
/// As [`Account::connect`].
pub(crate) async fn connect(
    account: &Account,
    stream: BoxStream,
    is_protected: bool,
    credentials: &Credentials,
) -> Result<ImapMailbox> {
    let transport = if is_protected { Transport::Tls } else { Transport::Clear };
    let machine = machine(account, transport);
    let driver = Driver::new(stream, machine, account.timeouts, Stage::Greeting);
    let mut session = Session::new(driver);
    let status = greeting(&mut session).await?;
    if !is_protected {
        session = start_tls(session, account, status).await?;
    }
    session.driver.set_stage(Stage::Login);
    learn_capabilities(&mut session).await?;
    match status {
        GreetingStatus::Preauth if !account.preauth => {
            return Err(Error::account(
                "the server takes us as logged in already (PREAUTH): set Account::preauth if it may",
            ));
        }
        GreetingStatus::Preauth => {}
        _ => log_in(&mut session, account, credentials).await?,
    }
    tracing::debug!(user = %account.user, "logged in over IMAP");
    opened(session, account).await
}

fn machine(account: &Account, transport: Transport) -> Connection {
    let mut config = Config::new(transport);
    // The keys of the standard library's hash maps are random numbers of the operating system.
    config.tag_seed = RandomState::new().hash_one(0);
    config.hidden_capabilities.clone_from(&account.hidden_capabilities);
    account.quirks.apply_to_imap(&mut config);
    Connection::new(config)
}

async fn greeting(session: &mut Session<Connection>) -> Result<GreetingStatus> {
    match session.next_event().await? {
        Event::Greeting { status: GreetingStatus::Bye, text, .. } => {
            Err(Error::closed_saying(text.to_string()))
        }
        Event::Greeting { status, .. } => Ok(status),
        _ => Err(Error::inconsistent("something came before the greeting")),
    }
}

/// In clear text: only STARTTLS. A server that refuses it, or that treats us as logged in already,
/// which rules it out (RFC 9051 section 7.1.4), gets no credentials.
async fn start_tls(
    mut session: Session<Connection>,
    account: &Account,
    status: GreetingStatus,
) -> Result<Session<Connection>> {
    let not_offered = || Err(TlsError::NotOffered("STARTTLS").into());
    if status == GreetingStatus::Preauth {
        return not_offered();
    }
    session.driver.set_stage(Stage::Login);
    match session.driver.machine_mut().send(&Command::StartTls) {
        Err(SendError::MissingCapability(_)) => return not_offered(),
        sent => sent.map_err(not_sent)?,
    };
    loop {
        match session.next_event().await? {
            Event::StartTls { .. } => break,
            Event::Done { .. } => return not_offered(),
            _ => {}
        }
    }
    // Alerts in clear text are nobody's words.
    let (stream, machine) = session.driver.into_tls_parts()?;
    let stream = account.handshake(stream).await?;
    Ok(Session::new(Driver::new(stream, machine, account.timeouts, Stage::Login)))
}

/// Sends CAPABILITY, unless the greeting or the answer to the login had the capabilities.
async fn learn_capabilities(session: &mut Session<Connection>) -> Result<()> {
    if session.driver.machine().capabilities().is_some() {
        return Ok(());
    }
    ask_capabilities(session).await
}

async fn ask_capabilities(session: &mut Session<Connection>) -> Result<()> {
    let id = session.driver.machine_mut().send(&Command::Capability).map_err(not_sent)?;
    loop {
        let event = session.next_event().await?;
        if matches!(event, Event::Done { .. }) && event.id() == Some(id) {
            return accepted("CAPABILITY", event).map(drop);
        }
    }
}

async fn log_in(
    session: &mut Session<Connection>,
    account: &Account,
    credentials: &Credentials,
) -> Result<()> {
    let before = session.driver.machine().capabilities().cloned();
    match credentials {
        Credentials::Password(password) => with_password(session, &account.user, password).await?,
        Credentials::Token(source) => with_token(session, &account.user, &**source).await?,
    }
    // The proxy in front of iCloud repeats its own short list in the answer to the login.
    let is_short = |known: &Capabilities| !known.has("UIDPLUS") || !known.has("IDLE");
    let after = session.driver.machine().capabilities();
    if after.is_some_and(|after| Some(after) == before.as_ref() && is_short(after)) {
        return match ask_capabilities(session).await {
            Err(Error::Refused(_)) => Ok(()),
            asked => asked,
        };
    }
    learn_capabilities(session).await
}

async fn with_password(
    session: &mut Session<Connection>,
    user: &str,
    password: &Secret,
) -> Result<()> {
    let known = session.driver.machine().capabilities();
    let offers = |what: fn(&Capabilities) -> bool| known.is_some_and(what);
    // Shared mailboxes of Exchange are named with a backslash or slash, and only LOGIN takes those.
    if offers(|known| known.has_auth("PLAIN")) && !user.contains(['\\', '/']) {
        return login_with(session, &mut Plain::new(user, password)?).await;
    }
    if offers(|known| known.has("LOGINDISABLED")) {
        let text = "the server takes no passwords here; it may want a token";
        return Err(Error::auth("LOGIN", Refusal::new("the login", None, text)));
    }
    let login = Command::Login {
        user: AString::new(user).map_err(|error| Error::misuse(format!("user name: {error}")))?,
        password: imap_proto_lite::Secret::new(password.expose())
            .map_err(|error| Error::misuse(format!("password: {error}")))?,
    };
    let id = session.driver.machine_mut().send(&login).map_err(not_sent)?;
    let secrets = [Zeroizing::new(password.expose().to_owned())];
    session.outcome(id, "LOGIN", None, &secrets).await
}

/// After the login: opens the folder of the account.
async fn opened(mut session: Session<Connection>, account: &Account) -> Result<ImapMailbox> {
    session.driver.set_stage(Stage::Command);
    let mut pending = Pending::default();
    session.alerts.drain(..).for_each(|words| pending.alert(words));
    let mut mailbox = ImapMailbox {
        driver: session.driver,
        limits: account.limits,
        open: None,
        view: Selected::new(),
        is_sticky: true,
        session: random(),
        under: Under::Nothing,
        pending,
        marks: IdSet::new(),
        watch: Watch::default(),
        closed: None,
    };
    let Some((folder, access)) = &account.open else {
        return Ok(mailbox);
    };
    match mailbox.select(folder, *access).await {
        Ok(_) => Ok(mailbox),
        // Exchange Online accepts a login and then answers this when licence, permission or scope
        // is missing.
        Err(Error::Refused(refusal)) if refusal.ends_the_session() => {
            Err(Error::Auth { mechanism: "SELECT", refusal })
        }
        Err(error) => Err(error),
    }
}

/// Tells the messages of this session from those of others.
fn random() -> u32 {
    let [one, two, three, four, ..] = RandomState::new().hash_one(0).to_be_bytes();
    u32::from_be_bytes([one, two, three, four])
}
