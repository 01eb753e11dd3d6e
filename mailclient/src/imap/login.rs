//! Greeting, STARTTLS and login of IMAP.

use std::{
    borrow::Cow,
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
};

use imap_proto_lite::{
    AString, Atom, Command, CommandId, Config, SendError, Status, Transport,
    client::{Connection, Event, GreetingStatus},
};
use tokio::net::TcpStream;

use crate::{
    account::Account,
    credentials::{Credentials, Secret},
    driver::{Driver, Stream},
    error::{Error, Refusal, Result, Stage, TlsError},
    feature::{Feature, FeatureSet},
    folder::Access,
    imap::{ImapMailbox, observe::Changes, refusal},
    sasl,
    tls::TlsConnection,
};

impl ImapMailbox {
    /// Connects, establishes TLS, logs in and opens INBOX.
    ///
    /// # Errors
    /// See [`Account::connect`].
    pub async fn connect(account: &Account, credentials: &Credentials) -> Result<Self> {
        let stream = account.tcp().await?;
        if account.starts_with_tls() {
            return Self::over(account.handshake(stream).await?, account, credentials).await;
        }
        login(start_tls(stream, account).await?, account, credentials).await
    }
}

impl<S: Stream> ImapMailbox<S> {
    /// Logs in over a protected stream on which nothing was read yet: TLS that the caller
    /// established, or a pipe to a test server. Opens INBOX.
    ///
    /// # Errors
    /// See [`Account::connect`].
    pub async fn over(stream: S, account: &Account, credentials: &Credentials) -> Result<Self> {
        let mut driver = Driver::new(
            stream,
            machine(Transport::Tls),
            account.timeouts.greeting,
            Stage::Greeting,
        );
        match greeting(&mut driver).await? {
            GreetingStatus::Preauth => opened(driver, account).await,
            _ => login(driver, account, credentials).await,
        }
    }
}

fn machine(transport: Transport) -> Connection {
    let mut config = Config::new(transport);
    // The keys of the standard library's hash maps are random numbers of the operating system.
    config.tag_seed = RandomState::new().hash_one(0);
    Connection::new(config)
}

async fn greeting<S: Stream>(driver: &mut Driver<S, Connection>) -> Result<GreetingStatus> {
    match driver.next_event().await? {
        Event::Greeting { status: GreetingStatus::Bye, text, .. } => {
            Err(Error::Closed(text.to_string().into()))
        }
        Event::Greeting { status, .. } => Ok(status),
        _ => Err(Error::inconsistent("something came before the greeting")),
    }
}

/// In clear text: greeting, then only STARTTLS. A server that refuses it, or that treats us as
/// logged in already, which rules it out (RFC 9051 section 7.1.4), gets no credentials.
async fn start_tls(
    stream: TcpStream,
    account: &Account,
) -> Result<Driver<TlsConnection, Connection>> {
    let mut driver =
        Driver::new(stream, machine(Transport::Clear), account.timeouts.greeting, Stage::Greeting);
    if greeting(&mut driver).await? == GreetingStatus::Preauth {
        return Err(TlsError::NotOffered("STARTTLS").into());
    }
    driver.set_stage(Stage::Login, account.timeouts.login);
    match driver.machine_mut().send(&Command::StartTls) {
        Err(SendError::MissingCapability(_)) => return Err(TlsError::NotOffered("STARTTLS").into()),
        sent => sent?,
    };
    loop {
        match driver.next_event().await? {
            Event::StartTls { .. } => break,
            Event::Done { .. } => return Err(TlsError::NotOffered("STARTTLS").into()),
            _ => {}
        }
    }
    let (stream, machine) = driver.into_tls_parts()?;
    let stream = account.handshake(stream).await?;
    Ok(Driver::new(stream, machine, account.timeouts.login, Stage::Login))
}

async fn login<S: Stream>(
    mut driver: Driver<S, Connection>,
    account: &Account,
    credentials: &Credentials,
) -> Result<ImapMailbox<S>> {
    driver.set_stage(Stage::Login, account.timeouts.login);
    learn_capabilities(&mut driver).await?;
    match credentials {
        Credentials::Password(password) => {
            with_password(&mut driver, &account.user, password).await?
        }
        Credentials::Token(source) => {
            let token = source.token(false).await?;
            match with_token(&mut driver, &account.user, &token).await {
                Err(error) if error.is_auth() && !driver.is_closed() => {
                    let fresh = source.token(true).await?;
                    if fresh == token {
                        return Err(error);
                    }
                    with_token(&mut driver, &account.user, &fresh).await?;
                }
                other => other?,
            }
        }
    }
    tracing::debug!(user = %account.user, "logged in over IMAP");
    opened(driver, account).await
}

/// After the login: learns the capabilities and opens INBOX.
async fn opened<S: Stream>(
    mut driver: Driver<S, Connection>,
    account: &Account,
) -> Result<ImapMailbox<S>> {
    driver.set_stage(Stage::Login, account.timeouts.login);
    learn_capabilities(&mut driver).await?;
    driver.set_stage(Stage::Command, account.timeouts.command);
    let mut mailbox = ImapMailbox {
        driver,
        features: FeatureSet::new(),
        selected: None,
        opening: None,
        marked: Vec::new(),
        changes: Changes::default(),
        listing: None,
        rows: VecDeque::new(),
        reading: None,
        uploading: None,
        idling: None,
        goodbye: None,
        timeouts: account.timeouts,
    };
    mailbox.features = [
        Feature::StableIds,
        Feature::Headers,
        Feature::Folders,
        Feature::Flags,
        Feature::Search,
        Feature::Append,
        Feature::Copy,
        Feature::Sections,
        Feature::Changes,
    ]
    .into_iter()
    .collect();
    let (uid_plus, moves) =
        (mailbox.has_or_speaks_rev2("UIDPLUS"), mailbox.has_or_speaks_rev2("MOVE"));
    mailbox.features =
        mailbox.features.with_if(Feature::Delete, uid_plus).with_if(Feature::Move, moves);
    match mailbox.open("INBOX", Access::ReadWrite).await {
        Ok(_) => Ok(mailbox),
        // Exchange Online accepts a login and then answers this when licence, permission or scope
        // is missing.
        Err(Error::Refused(refusal))
            if refusal.text.contains("authenticated but not connected") =>
        {
            Err(Error::Auth { mechanism: "SELECT", refusal })
        }
        Err(error) => Err(error),
    }
}

/// Sends CAPABILITY, unless the greeting or the answer to the login had the capabilities.
async fn learn_capabilities<S: Stream>(driver: &mut Driver<S, Connection>) -> Result<()> {
    if driver.machine().capabilities().is_some() {
        return Ok(());
    }
    driver.machine_mut().send(&Command::Capability)?;
    loop {
        match driver.next_event().await? {
            Event::Done { status: Status::Ok, .. } => return Ok(()),
            Event::Done { code, text, .. } => {
                return Err(Error::Refused(Box::new(refusal("CAPABILITY", code.as_ref(), &text))));
            }
            _ => {}
        }
    }
}

async fn with_password<S: Stream>(
    driver: &mut Driver<S, Connection>,
    user: &str,
    password: &Secret,
) -> Result<()> {
    let offers = |what: fn(&imap_proto_lite::Capabilities) -> bool| {
        driver.machine().capabilities().is_some_and(what)
    };
    // Shared mailboxes of Exchange are named with a backslash or slash, and only LOGIN takes those.
    let plain = offers(|known| known.has_auth("PLAIN")) && !user.contains(['\\', '/']);
    if plain {
        return authenticate(driver, "PLAIN", &sasl::plain(user, password)?).await;
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
    let id = driver.machine_mut().send(&login)?;
    outcome(driver, id, "LOGIN").await
}

async fn with_token<S: Stream>(
    driver: &mut Driver<S, Connection>,
    user: &str,
    token: &Secret,
) -> Result<()> {
    authenticate(driver, "XOAUTH2", &sasl::xoauth2(user, token)?).await
}

async fn authenticate<S: Stream>(
    driver: &mut Driver<S, Connection>,
    mechanism: &'static str,
    response: &[u8],
) -> Result<()> {
    let command = Command::Authenticate {
        mechanism: Atom::new(mechanism).map_err(Error::misuse)?,
        initial_response: Some(Cow::Borrowed(response)),
    };
    let id = driver.machine_mut().send(&command)?;
    outcome(driver, id, mechanism).await
}

/// Waits for the end of a login. The machine answers the server's reason for refusing a token
/// (Gmail, Dovecot). Any other challenge is one too many for our mechanisms, and ends the login. A
/// server that hangs up instead of saying `NO` means the same.
async fn outcome<S: Stream>(
    driver: &mut Driver<S, Connection>,
    wanted: CommandId,
    mechanism: &'static str,
) -> Result<()> {
    loop {
        match driver.next_event().await {
            Ok(Event::Challenge { id, .. }) => driver.machine_mut().cancel(id)?,
            Ok(Event::Done { id, status, code, text, .. }) if id == wanted => {
                return match status {
                    Status::Ok => Ok(()),
                    Status::No | Status::Bad => {
                        Err(Error::auth(mechanism, refusal("the login", code.as_ref(), &text)))
                    }
                };
            }
            Ok(Event::OAuthFailure { failure, .. }) => {
                tracing::debug!(status = ?failure.status, "the server refuses the token");
            }
            Ok(_) => {}
            Err(Error::Closed(_)) => return Err(Error::auth_without_answer(mechanism)),
            Err(error) => return Err(error),
        }
    }
}
