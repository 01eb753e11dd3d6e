//! Greeting, STARTTLS and login of IMAP.

use std::borrow::Cow;

use imap_proto_lite::{
    AString, Atom, Capabilities, Command, CommandId, Config, Transport,
    client::{Connection, Event, GreetingStatus},
    response::{Response, ResponseCode},
    selected::Selected,
};

use crate::{
    account::Account,
    credentials::{Credentials, Secret},
    error::{Error, Refusal, Result, Stage, TlsError, words::shown},
    id::{IdSet, random, session_number},
    imap::{
        answer::accepted,
        folder_limits::FolderLimits,
        mailbox::{ImapMailbox, Under, Watch},
        pending::Pending,
        syncing::Synced,
    },
    provider::Provider,
    sasl::{LoginMachine, OneMessage, Session, Step, login_with, with_token},
    stream::BoxStream,
};

impl LoginMachine for Connection {
    fn authenticate<'c>(mechanism: &'static str, initial: Option<&'c [u8]>) -> Result<Command<'c>> {
        let mechanism = Atom::new(mechanism).map_err(Error::misuse)?;
        Ok(Command::Authenticate { mechanism, initial_response: initial.map(Cow::Borrowed) })
    }

    fn step(event: Event) -> Step<CommandId> {
        match event {
            Event::Challenge { id, data, .. } => Step::Challenge(id, data),
            Event::OAuthFailure { failure, .. } => Step::status(failure.status),
            Event::StartTls { .. } => Step::Tls,
            Event::Done { id, .. } => Step::Done(id, accepted("the login", event).map(drop)),
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
                    Some(shown(&text))
                }
                _ => None,
            },
            _ => None,
        }
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
    let mut session = Session::new(account, stream, machine(account, transport), Stage::Greeting);
    let status = greeting(&mut session).await?;
    if !is_protected {
        // A server that treats us as logged in rules STARTTLS out (RFC 9051 section 7.1.4).
        if status == GreetingStatus::Preauth {
            return Err(TlsError::NotOffered("STARTTLS").into());
        }
        session = session.start_tls(account, "STARTTLS", &Command::StartTls).await?;
    }
    session.driver.set_stage(Stage::Login);
    learn_capabilities(&mut session).await?;
    match status {
        GreetingStatus::Preauth if !account.preauth => {
            return Err(Error::account(
                "the server asks for no login (PREAUTH): set Account::preauth if that is right",
            ));
        }
        GreetingStatus::Preauth => {}
        _ => {
            let done = log_in(&mut session, account, credentials).await;
            done.map_err(|error| error.without(session.driver.secrets()))?;
        }
    }
    tracing::debug!(user = %account.user, "logged in over IMAP");
    opened(session, account).await
}

fn machine(account: &Account, transport: Transport) -> Connection {
    let mut config = Config::new(transport);
    config.tag_seed = random();
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

/// Sends CAPABILITY, unless the greeting or the answer to the login had the capabilities.
async fn learn_capabilities(session: &mut Session<Connection>) -> Result<()> {
    match session.driver.machine().capabilities() {
        Some(_) => Ok(()),
        None => ask_capabilities(session).await,
    }
}

async fn ask_capabilities(session: &mut Session<Connection>) -> Result<()> {
    accepted("CAPABILITY", session.ask(&Command::Capability).await?).map(drop)
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
    if !after.is_some_and(|after| Some(after) == before.as_ref() && is_short(after)) {
        return learn_capabilities(session).await;
    }
    match ask_capabilities(session).await {
        Err(Error::Refused(_)) => Ok(()),
        asked => asked,
    }
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
        return login_with(session, &mut OneMessage::plain(user, password)?).await;
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
    session.say("LOGIN", &login, password).await
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
        permanent_flags: None,
        session: session_number(),
        under: Under::Nothing,
        pending,
        marks: IdSet::new(),
        watch: Watch::default(),
        roles: Provider::with_host(&account.host).map_or(&[], |provider| provider.folders),
        synced: Synced::default(),
        append_limits: FolderLimits::default(),
        closed: None,
    };
    let Some((folder, access)) = &account.open else {
        return Ok(mailbox);
    };
    let opened = mailbox.select(folder, *access).await;
    match opened.map_err(|error| error.without(mailbox.driver.secrets())) {
        Ok(_) => Ok(mailbox),
        // Exchange Online accepts a login and then answers this when licence, permission or scope
        // is missing.
        Err(Error::Refused(refusal)) if refusal.ends_the_session() => {
            Err(Error::Auth { mechanism: "SELECT", refusal })
        }
        Err(error) => Err(error),
    }
}
