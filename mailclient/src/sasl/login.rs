//! The login loop, the same over both protocols.

use bytes::Bytes;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::{
    account::Timeouts,
    credentials::{TokenRequest, TokenSource},
    driver::Driver,
    error::{Error, Refusal, Result, Stage, refusal::blanked},
    machine::Machine,
    sasl::mechanism::{Mechanism, XOAuth2},
};

/// What an event means in a login.
pub(crate) enum Step<Id> {
    /// The server wants an answer.
    Challenge(Id, Bytes),
    /// Why the server will refuse, in its words.
    Reason(String),
    /// The command is answered; `None` is a success.
    Done(Id, Option<Refusal>),
    Other,
}

/// The calls of a protocol machine that a login needs.
pub(crate) trait LoginMachine: Machine {
    fn authenticate(
        &mut self,
        mechanism: &'static str,
        initial: Option<&[u8]>,
    ) -> Result<Self::CommandId>;
    fn answer(&mut self, id: Self::CommandId, data: Bytes) -> Result<()>;
    fn cancel(&mut self, id: Self::CommandId) -> Result<()>;
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
    pub(crate) const fn new(driver: Driver<M>) -> Self {
        Self { driver, alerts: Vec::new() }
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
    pub(crate) async fn outcome(
        &mut self,
        wanted: M::CommandId,
        name: &'static str,
        mut mechanism: Option<&mut dyn Mechanism>,
        secrets: &[Zeroizing<String>],
    ) -> Result<()> {
        let mut reason = None;
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
                Step::Done(id, None) if id == wanted => {
                    return match mechanism {
                        Some(mechanism) if !mechanism.is_complete() => Err(Error::inconsistent(
                            "the login succeeded before the mechanism was complete",
                        )),
                        _ => Ok(()),
                    };
                }
                Step::Done(id, Some(mut refusal)) if id == wanted => {
                    if let Some(reason) = reason {
                        refusal.text = format!("{} ({reason})", refusal.text).into();
                    }
                    return Err(Error::auth(name, refusal.without(secrets)));
                }
                Step::Done(..) | Step::Other => {}
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
    let id = session.driver.machine_mut().authenticate(name, initial.as_deref())?;
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
    let refusal = match login_with(session, &mut XOAuth2::new(user, &token)?).await {
        Err(error) if error.is_auth() && !session.driver.is_over() => error,
        other => return other,
    };
    let fresh = ask(source, &TokenRequest::new().after_refusal(), &timeouts).await?;
    if fresh == token {
        return Err(refusal);
    }
    match login_with(session, &mut XOAuth2::new(user, &fresh)?).await {
        Err(error) if error.ends_the_connection() => Err(refusal),
        other => other,
    }
}

async fn ask(
    source: &dyn TokenSource,
    request: &TokenRequest,
    timeouts: &Timeouts,
) -> Result<crate::credentials::Secret> {
    let stage = Stage::Token;
    let expired = |_| Error::Timeout { stage, said: "".into() };
    timeout(timeouts.token, source.token(request)).await.map_err(expired)?
}
