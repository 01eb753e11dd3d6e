//! The login loop, the same over both protocols.

use std::fmt::Display;

use bytes::Bytes;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::{
    account::{Account, Timeouts},
    credentials::{Secret, TokenRequest, TokenSource},
    driver::Driver,
    error::{Error, Result, Stage, TlsError, refusal::blanked},
    machine::Machine,
    sasl::mechanism::{Mechanism, OneMessage},
    stream::BoxStream,
};

/// What an event means in a login.
pub(crate) enum Step<Id> {
    /// The server wants an answer.
    Challenge(Id, Bytes),
    /// Why the server will refuse, in its words.
    Reason(String),
    /// The server agreed to TLS, and waits for the handshake.
    Tls,
    /// The command is answered.
    Done(Id, Result<()>),
    Other,
}

impl<Id> Step<Id> {
    /// The status in the reason of a refused token.
    pub(crate) fn status(status: Option<impl Display>) -> Self {
        status.map_or(Self::Other, |status| Self::Reason(format!("status {status}")))
    }
}

/// What a login needs of a protocol machine besides.
pub(crate) trait LoginMachine: Machine {
    /// The command that begins an exchange.
    fn authenticate<'c>(
        mechanism: &'static str,
        initial: Option<&'c [u8]>,
    ) -> Result<Self::Command<'c>>;
    fn step(event: Self::Event) -> Step<Self::CommandId>;
    /// The alert that an event holds, for a person.
    fn alert(event: &Self::Event) -> Option<String>;
}

/// A connection that is not a mailbox yet.
pub(crate) struct Session<M: Machine> {
    pub(crate) driver: Driver<M>,
    /// Alerts that came before the mailbox was open.
    pub(crate) alerts: Vec<String>,
}

/// The most alerts that are kept before the mailbox is open.
const MOST_ALERTS: usize = 16;

impl<M: LoginMachine> Session<M> {
    /// A connection on which nothing was read yet.
    pub(crate) fn new(account: &Account, stream: BoxStream, machine: M, stage: Stage) -> Self {
        let Account { timeouts, limits, .. } = account;
        let driver = Driver::new(stream, machine, *timeouts, limits, stage);
        Self { driver, alerts: Vec::new() }
    }

    /// In clear text: only STARTTLS or STLS. A server that refuses it gets no credentials. The
    /// session after it is a new one: alerts in clear text may be those of an attacker.
    pub(crate) async fn start_tls(
        mut self,
        account: &Account,
        name: &'static str,
        command: &M::Command<'_>,
    ) -> Result<Self> {
        self.driver.set_stage(Stage::Login);
        match self.driver.send(command) {
            Err(Error::Unsupported(_)) => return Err(TlsError::NotOffered(name).into()),
            sent => sent?,
        };
        loop {
            match M::step(self.next_event().await?) {
                Step::Tls => break,
                Step::Done(..) => return Err(TlsError::NotOffered(name).into()),
                _ => {}
            }
        }
        let (stream, machine) = self.driver.into_tls_parts()?;
        let stream = account.handshake(stream).await?;
        Ok(Self::new(account, stream, machine, Stage::Login))
    }

    /// Sends a command and waits for the end of its answer.
    pub(crate) async fn ask(&mut self, command: &M::Command<'_>) -> Result<M::Event> {
        let id = self.driver.send(command)?;
        loop {
            let event = self.next_event().await?;
            if M::answered(&event) == Some(id) {
                return Ok(event);
            }
        }
    }

    /// Sends a command of a login without a mechanism, and waits for its answer.
    pub(crate) async fn say(
        &mut self,
        name: &'static str,
        command: &M::Command<'_>,
        password: &Secret,
    ) -> Result<()> {
        let id = self.driver.send(command)?;
        let password = Zeroizing::new(password.expose().to_owned());
        // As it is in the quoted string of LOGIN.
        let quoted = Zeroizing::new(password.replace('\\', r"\\").replace('"', "\\\""));
        self.outcome(id, name, None, &[quoted, password]).await
    }

    pub(crate) async fn next_event(&mut self) -> Result<M::Event> {
        self.next_event_without(&[]).await
    }

    /// The next event. Its alerts and errors do not show these secrets.
    async fn next_event_without(&mut self, secrets: &[Zeroizing<String>]) -> Result<M::Event> {
        let event = self.driver.next_event().await.map_err(|error| error.without(secrets))?;
        if self.alerts.len() < MOST_ALERTS {
            self.alerts.extend(M::alert(&event).map(|words| blanked(&words, secrets).into()));
        }
        Ok(event)
    }

    /// Waits for the end of a login. A success counts only if the mechanism is complete.
    async fn outcome(
        &mut self,
        wanted: M::CommandId,
        name: &'static str,
        mut mechanism: Option<&mut dyn Mechanism>,
        secrets: &[Zeroizing<String>],
    ) -> Result<()> {
        let mut reason = None;
        self.driver.hide(secrets);
        loop {
            let event = self.next_event_without(secrets).await?;
            match M::step(event) {
                Step::Challenge(id, challenge) => {
                    let answer = mechanism.as_mut().and_then(|known| known.answer(&challenge));
                    match answer {
                        Some(answer) => self.driver.machine_mut().answer(id, answer)?,
                        None => self.driver.machine_mut().cancel(id)?,
                    }
                }
                Step::Reason(words) => reason = Some(words),
                Step::Done(id, answer) if id == wanted => match (answer, mechanism) {
                    (Ok(()), Some(mechanism)) if !mechanism.is_complete() => {
                        let early = "the login succeeded before the mechanism was complete";
                        return Err(Error::inconsistent(early));
                    }
                    (Err(Error::Refused(mut refusal)), _) => {
                        if let Some(reason) = reason {
                            refusal.text = format!("{} ({reason})", refusal.text).into();
                        }
                        return Err(Error::auth(name, refusal.without(secrets)));
                    }
                    (answer, _) => return answer,
                },
                Step::Done(..) | Step::Tls | Step::Other => {}
            }
        }
    }
}

/// One login with a mechanism.
pub(crate) async fn login_with<M: LoginMachine>(
    session: &mut Session<M>,
    mechanism: &mut dyn Mechanism,
) -> Result<()> {
    let initial = mechanism.initial();
    let name = mechanism.name();
    let id = session.driver.send(&M::authenticate(name, initial.as_deref())?)?;
    let secrets = mechanism.secrets();
    session.outcome(id, name, Some(mechanism), &secrets).await
}

/// A login with a token. When the server refuses it, the source is asked once more; the first
/// refusal is told if the second login ends without an answer.
pub(crate) async fn with_token<M: LoginMachine>(
    session: &mut Session<M>,
    user: &str,
    source: &dyn TokenSource,
) -> Result<()> {
    let timeouts = *session.driver.timeouts();
    let token = ask(source, &TokenRequest::new(), &timeouts).await?;
    let refusal = match login_with(session, &mut OneMessage::xoauth2(user, &token)?).await {
        Err(error) if error.is_auth() && !session.driver.is_over() => error,
        other => return other,
    };
    let fresh = ask(source, &TokenRequest::new().after_refusal(), &timeouts).await?;
    if fresh == token {
        return Err(refusal);
    }
    match login_with(session, &mut OneMessage::xoauth2(user, &fresh)?).await {
        Err(error) if error.ends_the_connection() => Err(refusal),
        other => other,
    }
}

async fn ask(
    source: &dyn TokenSource,
    request: &TokenRequest,
    timeouts: &Timeouts,
) -> Result<Secret> {
    let stage = Stage::Token;
    let expired = |_| Error::Timeout { stage, said: "".into() };
    timeout(timeouts.token, source.token(request)).await.map_err(expired)?
}
