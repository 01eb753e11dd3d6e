//! Greeting, STLS and login of POP3.

use pop3_proto::{
    Command, CommandId, Config, Status, Transport,
    client::{Connection, Event},
};
use tokio::net::TcpStream;

use crate::{
    account::Account,
    credentials::{Credentials, Secret},
    driver::{Driver, Stream},
    error::{Error, Result, Stage, TlsError},
    pop3::{Pop3Mailbox, refusal, refused},
    sasl,
    tls::TlsConnection,
};

impl Pop3Mailbox {
    /// Connects, establishes TLS and logs in.
    ///
    /// # Errors
    /// See [`Account::connect`].
    pub async fn connect(account: &Account, credentials: &Credentials) -> Result<Self> {
        let stream = account.tcp().await?;
        if account.starts_with_tls() {
            return Self::over(account.handshake(stream).await?, account, credentials).await;
        }
        login(stls(stream, account).await?, account, credentials).await
    }
}

impl<S: Stream> Pop3Mailbox<S> {
    /// Logs in over a protected stream on which nothing was read yet: TLS that the caller
    /// established, or a pipe to a test server.
    ///
    /// # Errors
    /// See [`Account::connect`].
    pub async fn over(stream: S, account: &Account, credentials: &Credentials) -> Result<Self> {
        let machine = Connection::new(Config::new(Transport::Tls));
        let mut driver = Driver::new(stream, machine, account.timeouts.greeting, Stage::Greeting);
        greeting(&mut driver).await?;
        login(driver, account, credentials).await
    }
}

async fn greeting<S: Stream>(driver: &mut Driver<S, Connection>) -> Result<()> {
    match driver.next_event().await? {
        Event::Greeting { status: Status::Ok, .. } => Ok(()),
        Event::Greeting { code, text, .. } => Err(refused("the connection", code.as_ref(), &text)),
        _ => Err(Error::inconsistent("something came before the greeting")),
    }
}

/// In clear text: greeting, then only STLS. A server that refuses it gets no credentials.
async fn stls(stream: TcpStream, account: &Account) -> Result<Driver<TlsConnection, Connection>> {
    let machine = Connection::new(Config::new(Transport::Clear));
    let mut driver = Driver::new(stream, machine, account.timeouts.greeting, Stage::Greeting);
    greeting(&mut driver).await?;
    driver.set_stage(Stage::Login, account.timeouts.login);
    driver.machine_mut().send(&Command::Stls)?;
    match driver.next_event().await? {
        Event::StartTls { .. } => {}
        Event::Done { .. } => return Err(TlsError::NotOffered("STLS").into()),
        _ => return Err(Error::inconsistent("STLS was answered with something else")),
    }
    let (stream, machine) = driver.into_tls_parts()?;
    let stream = account.handshake(stream).await?;
    Ok(Driver::new(stream, machine, account.timeouts.login, Stage::Login))
}

/// CAPA, the login, CAPA again: the capabilities may change with the login (Gmail, RFC 2449
/// section 5).
async fn login<S: Stream>(
    mut driver: Driver<S, Connection>,
    account: &Account,
    credentials: &Credentials,
) -> Result<Pop3Mailbox<S>> {
    driver.set_stage(Stage::Login, account.timeouts.login);
    capa(&mut driver).await?;
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
    capa(&mut driver).await?;
    driver.set_stage(Stage::Command, account.timeouts.command);
    tracing::debug!(user = %account.user, "logged in over POP3");
    Ok(Pop3Mailbox::opened(driver))
}

/// A server without CAPA answers `-ERR`, which is no failure.
async fn capa<S: Stream>(driver: &mut Driver<S, Connection>) -> Result<()> {
    driver.machine_mut().send(&Command::Capa)?;
    while !matches!(driver.next_event().await?, Event::Done { .. }) {}
    Ok(())
}

async fn with_password<S: Stream>(
    driver: &mut Driver<S, Connection>,
    user: &str,
    password: &Secret,
) -> Result<()> {
    let plain = driver.machine().capabilities().is_some_and(|known| known.has_mechanism("PLAIN"));
    if plain {
        let response = sasl::plain(user, password)?;
        let id = driver
            .machine_mut()
            .send(&Command::Auth { mechanism: "PLAIN", initial_response: Some(&response) })?;
        return outcome(driver, id, "PLAIN").await;
    }
    let id = driver.machine_mut().send(&Command::User(user))?;
    outcome(driver, id, "USER").await?;
    let id = driver.machine_mut().send(&Command::Pass(password.expose()))?;
    outcome(driver, id, "USER and PASS").await
}

/// XOAUTH2 is tried even if CAPA does not name it: some servers do not (Exchange Online among
/// them).
async fn with_token<S: Stream>(
    driver: &mut Driver<S, Connection>,
    user: &str,
    token: &Secret,
) -> Result<()> {
    let response = sasl::xoauth2(user, token)?;
    let id = driver
        .machine_mut()
        .send(&Command::Auth { mechanism: "XOAUTH2", initial_response: Some(&response) })?;
    outcome(driver, id, "XOAUTH2").await
}

/// Waits for the end of a login. The machine answers the server's reason for refusing a token
/// (Gmail, Dovecot). Any other challenge is one too many for our mechanisms, and ends the login. A
/// server that hangs up instead of saying `-ERR` means the same.
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
                    _ => Err(Error::auth(mechanism, refusal("the login", code.as_ref(), &text))),
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
