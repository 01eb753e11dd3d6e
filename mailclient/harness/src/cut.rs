//! The fault matrix: the connection of every operation is broken at every line of its dialogue, at
//! a sample of its other bytes, and between two operations.

use std::{collections::BTreeSet, fmt, time::Duration};

use bytes::Bytes;
use tokio::time::{Instant, timeout};

use crate::{
    fault::{Fault, Wire},
    known::Known,
    operation::{Answer, Failure, Operation, shown},
};

/// Besides the ends of lines, of so many bytes one is a place for a fault.
const BYTES: usize = 61;
/// An operation that takes longer has no deadline at all.
const HANGS: Duration = Duration::from_secs(24 * 3600);

/// How a connection is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Break {
    /// The server closes the connection.
    Eof,
    /// The server closes its half.
    HalfClose,
    /// The connection is reset.
    Reset,
    /// The server closes the connection without TLS close_notify.
    NoCloseNotify,
    /// The server says why, then closes the connection.
    Farewell,
    /// The server says why, then the connection is reset.
    FarewellReset,
    /// The server says why, then nothing comes any more.
    FarewellStall,
    /// Nothing comes any more.
    Stall,
    /// A byte each 20 seconds.
    Drip,
    /// 90 seconds without a byte, then all is well. Only for operations that
    /// [take long](Operation::taking_long).
    Pause,
    /// An answer comes before its command was sent. Only between two operations.
    Early,
}

impl Break {
    const ALL: [Self; 11] = [
        Self::Eof,
        Self::HalfClose,
        Self::Reset,
        Self::NoCloseNotify,
        Self::Farewell,
        Self::FarewellReset,
        Self::FarewellStall,
        Self::Stall,
        Self::Drip,
        Self::Pause,
        Self::Early,
    ];

    const fn has_words(self) -> bool {
        matches!(self, Self::Farewell | Self::FarewellReset | Self::FarewellStall)
    }

    const fn is_slow(self) -> bool {
        matches!(self, Self::Stall | Self::Drip)
    }

    fn arm(self, wire: &Wire, at: u64, words: &Words) {
        let farewell = || wire.on_read(at, Fault::Insert(words.farewell.clone()));
        let fault = match self {
            Self::Eof => Fault::Eof,
            Self::HalfClose => Fault::HalfClose,
            Self::Reset => Fault::Reset,
            Self::NoCloseNotify => Fault::NoCloseNotify,
            Self::Stall => Fault::Stall,
            Self::Drip => Fault::drip(1, Duration::from_secs(20)),
            Self::Pause => Fault::Pause(Duration::from_secs(90)),
            Self::Early => Fault::Insert(words.early.clone()),
            Self::Farewell => {
                farewell();
                Fault::Eof
            }
            Self::FarewellReset => {
                farewell();
                Fault::Reset
            }
            Self::FarewellStall => {
                farewell();
                Fault::Stall
            }
        };
        wire.on_read(at, fault);
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eof => "end of stream",
            Self::HalfClose => "half-close",
            Self::Reset => "reset",
            Self::NoCloseNotify => "end without close_notify",
            Self::Farewell => "last words",
            Self::FarewellReset => "last words and reset",
            Self::FarewellStall => "last words and silence",
            Self::Stall => "silence",
            Self::Drip => "drip",
            Self::Pause => "long work",
            Self::Early => "early answer",
        })
    }
}

/// What a server of the protocol says, and where.
#[derive(Clone, Debug)]
pub struct Words {
    /// The line that a server ends a session with, with its line end.
    pub farewell: Bytes,
    /// Text of the farewell that the client's error has to show.
    pub shown: &'static str,
    /// The farewell has the form of an answer (POP3): in place of one it is a refusal, and what
    /// ends the session is only what comes after it.
    pub is_answer: bool,
    /// A line that answers a question before it was asked, with its line end.
    pub early: Bytes,
    /// The places in what a server sent where it may say something else: 0 and places after a line,
    /// not inside of a message.
    pub places: fn(&[u8]) -> Vec<usize>,
}

/// The matrix over operations on sessions of type `S`.
#[derive(Debug)]
pub struct Cuts<'o, S, M> {
    /// The first word of each row: what the sessions are.
    pub subject: &'static str,
    /// Connects and logs in; the first operation of each session.
    pub login: &'o Operation<S>,
    /// The operations after the login.
    pub operations: &'o [Operation<S>],
    /// Follows on a session that was broken inside of an operation.
    pub witness: &'o Operation<S>,
    /// What the sessions can do: what [operations need](Operation::needing).
    pub features: Vec<String>,
    /// What the server says.
    pub words: Words,
    /// Makes a session that is not connected yet, whose connection will have the faults of the
    /// wire. Every session has to begin with the same content on the server.
    pub make: M,
}

/// What an operation says and gets without a fault.
struct Clean {
    answer: Answer,
    bytes: Vec<u8>,
}

impl<S, M: AsyncFn(&Wire) -> S> Cuts<'_, S, M> {
    /// Runs the matrix, or the sample of it that `known` takes. Rows are `SUBJECT BREAK in
    /// OPERATION`, `SUBJECT BREAK in OPERATION, then WITNESS`, `SUBJECT BREAK before OPERATION`
    /// and, where nothing is broken, `SUBJECT OPERATION`. An operation whose feature the sessions
    /// lack is left out.
    pub async fn run(&self, known: &mut Known) {
        let mut operations = Vec::new();
        for operation in self.operations {
            let clean = self.clean(operation).await;
            let row = format!("{} {}", self.subject, operation.name);
            match (operation.check_support(&self.features, &clean.answer), &clean.answer) {
                (Ok(false), _) => continue,
                (Ok(true), Ok(_)) => {}
                (Ok(true), Err(failure)) => known.fails(row, failure.to_string()),
                (Err(why), _) => known.fails(row, why),
            }
            operations.push((operation, clean));
        }
        let login = self.clean(self.login).await;
        for how in Break::ALL {
            self.inside(self.login, &login, how, known).await;
            for (operation, clean) in &operations {
                self.inside(operation, clean, how, known).await;
            }
        }
        for (operation, clean) in &operations {
            if operation.ends || clean.answer.is_err() {
                continue;
            }
            for (next, _) in &operations {
                self.between(operation, next, known).await;
            }
        }
    }

    fn is_login(&self, operation: &Operation<S>) -> bool {
        operation.name == self.login.name
    }

    /// A session that is ready for the operation.
    async fn session(&self, operation: &Operation<S>, wire: &Wire) -> S {
        operation.session(self.login, &self.make, wire).await
    }

    async fn clean(&self, operation: &Operation<S>) -> Clean {
        let wire = Wire::new();
        let mut session = self.session(operation, &wire).await;
        wire.record();
        let answer = operation.run(&mut session).await;
        Clean { answer, bytes: wire.recorded() }
    }

    /// The places of a break inside of an operation's dialogue: before its first byte, after each
    /// of its lines but the last, and at a sample of bytes.
    fn places(&self, how: Break, bytes: &[u8]) -> BTreeSet<usize> {
        let lines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let mut places: BTreeSet<usize> = match how {
            Break::Pause => BTreeSet::new(),
            _ if how.has_words() => (self.words.places)(bytes).into_iter().collect(),
            _ => lines.map(|(at, _)| at + 1).chain((0..bytes.len()).step_by(BYTES)).collect(),
        };
        places.insert(0);
        places.remove(&bytes.len());
        places
    }

    /// Breaks inside of an operation.
    async fn inside(&self, operation: &Operation<S>, clean: &Clean, how: Break, known: &mut Known) {
        if how == Break::Early || how == Break::Pause && !operation.takes_long {
            return;
        }
        let row = format!("{} {how} in {}", self.subject, operation.name);
        let then = format!("{row}, then {}", self.witness.name);
        let is_refusal = how.has_words() && self.words.is_answer;
        for place in self.places(how, &clean.bytes) {
            // At the start of the connection there is nothing to refuse.
            let is_refusal = is_refusal && !(place == 0 && self.is_login(operation));
            // Nothing tells that the session is over.
            if is_refusal && how == Break::FarewellStall {
                continue;
            }
            if !known.takes(&[&row, &then]) {
                continue;
            }
            let wire = Wire::new();
            let mut session = self.session(operation, &wire).await;
            how.arm(&wire, wire.bytes_read() + u64::try_from(place).unwrap_or(0), &self.words);
            let at = format!("after {place} of {} bytes", clean.bytes.len());
            let got = Got::from(operation, &mut session, &wire).await;
            let change_is_open = operation.changes;
            let clean = &clean.answer;
            let has_work = operation.finishes_work;
            let case = Case { how, change_is_open, has_work, is_refusal, is_over: false, clean };
            if let Err(why) = self.judge(operation, &case, &got) {
                known.fails(got.row(&row), format!("{at}: {why}"));
            }
            let has_no_session = operation.ends || self.is_login(operation);
            if has_no_session || how == Break::Pause || got.answer.is_ok() {
                continue;
            }
            // The session itself failed.
            if got.answer == *clean {
                continue;
            }
            let got = Got::from(self.witness, &mut session, &wire).await;
            let case = Case { change_is_open: false, is_over: true, ..case };
            if let Err(why) = self.judge(self.witness, &case, &got) {
                known.fails(got.row(&then), format!("{at}: {why}"));
            }
        }
    }

    /// Breaks between two operations.
    async fn between(&self, first: &Operation<S>, next: &Operation<S>, known: &mut Known) {
        let mut clean = None;
        for how in Break::ALL {
            if how == Break::Pause {
                continue;
            }
            let row = format!("{} {how} before {}", self.subject, next.name);
            if !known.takes(&[&row]) {
                continue;
            }
            if clean.is_none() {
                let wire = Wire::new();
                let mut session = self.session(first, &wire).await;
                let _ = first.run(&mut session).await;
                clean = Some(next.run(&mut session).await);
            }
            let Some(clean) = &clean else { continue };
            let wire = Wire::new();
            let mut session = self.session(first, &wire).await;
            let _ = first.run(&mut session).await;
            how.arm(&wire, wire.bytes_read(), &self.words);
            let got = Got::from(next, &mut session, &wire).await;
            // The end of a session carries out what the first operation has put off.
            let change_is_open = next.changes || next.ends && first.changes;
            let has_work = first.leaves_work || next.finishes_work;
            let is_over = false;
            let case = Case { how, change_is_open, has_work, is_refusal: false, is_over, clean };
            if let Err(why) = self.judge(next, &case, &got) {
                known.fails(got.row(&row), format!("after {}: {why}", first.name));
            }
        }
    }

    /// Whether the answer to a broken operation is right.
    fn judge(&self, operation: &Operation<S>, case: &Case<'_>, got: &Got) -> Result<(), String> {
        let how = case.how;
        let answer = &got.answer;
        let is_clean = answer == case.clean;
        // Words that come early do not make an operation slower.
        if got.took > operation.deadline && !(is_clean && how == Break::Early) {
            return Err(format!("{} s: {}", got.took.as_secs(), shown(answer)));
        }
        let is_harmless = matches!(how, Break::Drip | Break::Pause | Break::Early);
        // What does without the connection works on, and so does what is only slow.
        if is_clean && (is_harmless || !got.is_wired || operation.ends && answer.is_ok()) {
            return Ok(());
        }
        let wanted = if how.is_slow() && !case.is_over { "Timeout" } else { "Closed" };
        match answer {
            Ok(text) if case.is_done_before(text, wanted) => Ok(()),
            Ok(_) if how == Break::Stall && operation.listens && !case.is_over => Ok(()),
            Ok(_) => Err(format!("an answer in place of {wanted}: {}", shown(answer))),
            Err(_) if how == Break::Pause => Err(shown(answer)),
            Err(failure) if how == Break::Early && failure.class == "Protocol" => Ok(()),
            Err(failure) if case.change_is_open && failure.class == "Unknown" => Ok(()),
            Err(failure) if case.refuses(failure, self.words.shown) => Ok(()),
            Err(failure) if how.is_slow() && case.has_work && failure.class == "Closed" => Ok(()),
            Err(failure) if failure.class != wanted || !failure.transient => {
                Err(format!("not {wanted}, transient: {}", shown(answer)))
            }
            // A refusal has told them already.
            Err(_) if case.is_refusal && case.is_over => Ok(()),
            Err(failure) if how.has_words() && !failure.text.contains(self.words.shown) => {
                Err(format!("without the last words: {}", shown(answer)))
            }
            Err(_) => Ok(()),
        }
    }
}

/// What an answer is judged by.
#[derive(Clone, Copy)]
struct Case<'c> {
    how: Break,
    /// A change on the server may or may not have happened.
    change_is_open: bool,
    /// What another call has left has to be finished, for which there is little time.
    has_work: bool,
    /// The last words came in place of an answer and have the form of one.
    is_refusal: bool,
    /// The operation before has noticed that the connection is broken.
    is_over: bool,
    /// The answer without a fault.
    clean: &'c Answer,
}

impl Case<'_> {
    /// Whether a change was confirmed before the break, and the answer tells both.
    fn is_done_before(&self, text: &str, wanted: &str) -> bool {
        let clean = self.clean.as_ref().ok();
        self.change_is_open && clean.is_some_and(|clean| *text == format!("{clean}, then {wanted}"))
    }

    /// Whether this is the refusal of an operation, or of a login, with the last words.
    fn refuses(&self, failure: &Failure, words: &str) -> bool {
        let is_named = ["Refused", "Auth"].contains(&failure.class.as_str());
        let tells = failure.transient && failure.text.contains(words);
        self.is_refusal && !self.is_over && is_named && tells
    }
}

/// What an operation on a broken connection did.
struct Got {
    answer: Answer,
    took: Duration,
    /// It did not end.
    hangs: bool,
    /// It read or wrote.
    is_wired: bool,
}

impl Got {
    /// The row that a failure belongs to. A panic and a hang have rows to themselves, so that no
    /// other failure of the list hides them.
    fn row(&self, row: &str) -> String {
        match &self.answer {
            Err(failure) if failure.class == "Panic" => format!("{row}, panics"),
            _ if self.hangs => format!("{row}, hangs"),
            _ => row.into(),
        }
    }

    async fn from<S>(operation: &Operation<S>, session: &mut S, wire: &Wire) -> Self {
        let begun = Instant::now();
        let polls = wire.read_polls() + wire.write_polls();
        let answer = timeout(HANGS, operation.run(session)).await;
        Self {
            hangs: answer.is_err(),
            answer: answer.unwrap_or_else(|_| Ok("hangs for ever".into())),
            took: wire.struck().map_or(Duration::ZERO, |at| at.max(begun).elapsed()),
            is_wired: wire.read_polls() + wire.write_polls() > polls,
        }
    }
}

#[cfg(test)]
mod tests;
