//! [`Operation`]: something that a test does to a session, and its answer as text.

use std::{
    any::Any,
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use crate::fault::Wire;

/// A future that borrows a session.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What an operation says: its value as text, or why it failed. Two answers are the same if their
/// texts are, so a text must not hold what differs between sessions (a tag, a session's number).
pub type Answer = Result<String, Failure>;

/// Why an operation failed, in the words of the client under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The class of the error: `Closed`, `Timeout`, ...
    pub class: String,
    /// The client says that it is worth trying again.
    pub transient: bool,
    /// What the error shows.
    pub text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transient = if self.transient { ", transient" } else { "" };
        write!(f, "{}{transient}: {}", self.class, self.text)
    }
}

/// An answer on one line, for a row of a report.
pub(crate) fn shown(answer: &Answer) -> String {
    let text = match answer {
        Ok(text) => format!("Ok({text})"),
        Err(failure) => failure.to_string(),
    };
    let short: String = text.chars().take(160).collect();
    short.escape_debug().to_string()
}

/// Something that a test does to a session of type `S`.
#[derive(Debug)]
pub struct Operation<S> {
    pub(crate) name: &'static str,
    pub(crate) run: for<'a> fn(&'a mut S) -> Doing<'a, Answer>,
    pub(crate) changes: bool,
    pub(crate) ends: bool,
    pub(crate) tolerates: &'static [&'static str],
    pub(crate) listens: bool,
    pub(crate) leaves_work: bool,
    pub(crate) finishes_work: bool,
    pub(crate) takes_long: bool,
    pub(crate) deadline: Duration,
    pub(crate) needs: Option<&'static str>,
}

/// The longest wait for an answer is 300 s; the rest is for what is said before it.
const DEADLINE: Duration = Duration::from_secs(310);

impl<S> Clone for Operation<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Operation<S> {}

impl<S> Operation<S> {
    /// An operation that reads.
    #[must_use]
    pub const fn new(name: &'static str, run: for<'a> fn(&'a mut S) -> Doing<'a, Answer>) -> Self {
        Self {
            name,
            run,
            changes: false,
            ends: false,
            tolerates: &[],
            listens: false,
            leaves_work: false,
            finishes_work: false,
            takes_long: false,
            deadline: DEADLINE,
            needs: None,
        }
    }

    /// It changes something on the server: when the connection ends before the answer, the client
    /// may say `Unknown` in place of the class of the fault.
    #[must_use]
    pub const fn changing(mut self) -> Self {
        self.changes = true;
        self
    }

    /// It uses the session up: nothing follows it.
    #[must_use]
    pub const fn ending(mut self) -> Self {
        self.ends = true;
        self
    }

    /// After it was dropped, the next operations may fail with one of these classes.
    #[must_use]
    pub const fn may_leave(mut self, classes: &'static [&'static str]) -> Self {
        self.tolerates = classes;
        self
    }

    /// It waits for news and ends well when there is none: a stall is no fault for it.
    #[must_use]
    pub const fn listening(mut self) -> Self {
        self.listens = true;
        self
    }

    /// It ends before the server has answered all: what follows finishes that, and gives up soon
    /// where the server is slow.
    #[must_use]
    pub const fn leaving_work(mut self) -> Self {
        self.leaves_work = true;
        self
    }

    /// It finishes what a part of itself has [left](Self::leaving_work).
    #[must_use]
    pub const fn finishing_work(mut self) -> Self {
        self.finishes_work = true;
        self
    }

    /// A good server may work on it for minutes.
    #[must_use]
    pub const fn taking_long(mut self) -> Self {
        self.takes_long = true;
        self
    }

    /// It ends within this time, in place of 310 seconds, whatever the server does.
    #[must_use]
    pub const fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// A session without this feature answers with the class `Unsupported`, and no other one does.
    #[must_use]
    pub const fn needing(mut self, feature: &'static str) -> Self {
        self.needs = Some(feature);
        self
    }

    /// Whether a clean answer has to be `Unsupported`, on a session with these features.
    ///
    /// # Errors
    /// It should be and is not, or the other way round.
    pub(crate) fn check_support(
        &self,
        features: &[String],
        clean: &Answer,
    ) -> Result<bool, String> {
        let supported = self.needs.is_none_or(|feature| features.iter().any(|one| one == feature));
        let unsupported = matches!(clean, Err(failure) if failure.class == "Unsupported");
        match (supported, unsupported) {
            (true, true) => Err("it is Unsupported where the feature is".into()),
            (false, false) => Err(format!("not Unsupported without the feature: {}", shown(clean))),
            (supported, _) => Ok(supported),
        }
    }

    /// A session that is ready for it: logged in, unless it is the login itself.
    pub(crate) async fn session(
        &self,
        login: &Self,
        make: &impl AsyncFn(&Wire) -> S,
        wire: &Wire,
    ) -> S {
        let mut session = make(wire).await;
        if self.name != login.name {
            let login = login.run(&mut session).await;
            assert!(login.is_ok(), "the login fails without a fault: {}", shown(&login));
        }
        session
    }

    /// Its answer without a fault, and the wire that recorded it; `None` where the session lacks
    /// what it needs.
    pub(crate) async fn clean(
        &self,
        login: &Self,
        make: &impl AsyncFn(&Wire) -> S,
        features: &[String],
    ) -> Option<(Answer, Wire)> {
        let wire = Wire::new();
        let mut session = self.session(login, make, &wire).await;
        wire.record();
        let clean = self.run(&mut session).await;
        let is_missing = self.check_support(features, &clean) == Ok(false);
        (!is_missing).then_some((clean, wire))
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Does it; a panic is a failure of the class `Panic`.
    pub async fn run(&self, session: &mut S) -> Answer {
        guarded((self.run)(session)).await
    }
}

/// Polls a future and turns a panic into a failure of the class `Panic`.
pub(crate) async fn guarded(future: impl Future<Output = Answer>) -> Answer {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        polled.unwrap_or_else(|panic| {
            let text = words(&*panic);
            Poll::Ready(Err(Failure { class: "Panic".into(), transient: false, text }))
        })
    })
    .await
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Polls a future until it was pending `polls` times and once more, then drops it. Returns how
/// often it was pending before it finished; `None` if it did not.
pub async fn dropped_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<usize> {
    let mut future = pin!(future);
    let mut pending = 0;
    poll_fn(|cx| {
        if future.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(pending));
        }
        pending += 1;
        if pending > polls { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let operation = Operation::<()>::new("panics", |()| Box::pin(async { panic!("at {}", 7) }));
        let failure = operation.run(&mut ()).await.unwrap_err();
        assert_eq!((failure.class.as_str(), failure.text.as_str()), ("Panic", "at 7"));
    }

    #[test]
    fn an_operation_is_unsupported_exactly_without_its_feature() {
        let features = ["Flags".to_owned()];
        let unsupported =
            || Err(Failure { class: "Unsupported".into(), transient: false, text: String::new() });
        let plain = Operation::<()>::new("any", |()| Box::pin(async { Ok(String::new()) }));
        let (flags, copy) = (plain.needing("Flags"), plain.needing("Copy"));
        assert_eq!(flags.check_support(&features, &Ok(String::new())), Ok(true));
        assert_eq!(copy.check_support(&features, &unsupported()), Ok(false));
        for (operation, answer) in
            [(flags, unsupported()), (copy, Ok(String::new())), (plain, unsupported())]
        {
            assert!(operation.check_support(&features, &answer).is_err(), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn a_future_is_dropped_after_its_pending_polls() {
        let steps = || async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        };
        let mut finished = Vec::new();
        for polls in 0..5 {
            finished.push(dropped_after(polls, steps()).await);
        }
        assert_eq!(finished, [None, None, None, Some(3), Some(3)]);
    }
}
