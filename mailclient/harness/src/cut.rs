//! The fault matrix: the connection of every operation is broken at every line of its dialogue, at a
//! sample of its other bytes, and between two operations.

use std::{collections::BTreeSet, fmt, time::Duration};

use bytes::Bytes;
use tokio::time::{Instant, timeout};

use crate::{
    fault::{Fault, Wire},
    known::Known,
    operation::{Answer, Operation, shown},
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
    /// What the server says.
    pub words: Words,
    /// Makes a session that is not connected yet, whose connection will have the faults of the wire.
    /// Every session has to begin with the same content on the server.
    pub make: M,
}

/// What an operation says and gets without a fault.
struct Clean {
    answer: Answer,
    bytes: Vec<u8>,
}

/// When a break comes.
#[derive(Clone, Copy)]
enum When {
    /// In the answer to the operation itself.
    During,
    /// After the answer to the operation before.
    Before,
    /// During the operation before, which has failed.
    After,
}

impl<S, M: AsyncFn(&Wire) -> S> Cuts<'_, S, M> {
    /// Runs the matrix, or the sample of it that `known` takes. Rows are `SUBJECT BREAK in
    /// OPERATION`, `SUBJECT BREAK in OPERATION, then WITNESS`, `SUBJECT BREAK before OPERATION` and,
    /// where nothing is broken, `SUBJECT OPERATION`.
    pub async fn run(&self, known: &mut Known) {
        let mut cleans = Vec::new();
        for operation in self.operations {
            let clean = self.clean(operation).await;
            if let Err(failure) = &clean.answer {
                known.fails(format!("{} {}", self.subject, operation.name), failure.to_string());
            }
            cleans.push(clean);
        }
        let login = self.clean(self.login).await;
        for how in Break::ALL {
            self.inside(self.login, &login, how, known).await;
            for (operation, clean) in self.operations.iter().zip(&cleans) {
                self.inside(operation, clean, how, known).await;
                self.between(operation, clean, how, known, &cleans).await;
            }
        }
    }

    fn is_login(&self, operation: &Operation<S>) -> bool {
        operation.name == self.login.name
    }

    /// A session that is ready for the operation.
    async fn session(&self, operation: &Operation<S>, wire: &Wire) -> S {
        let mut session = (self.make)(wire).await;
        if !self.is_login(operation) {
            let login = self.login.run(&mut session).await;
            assert!(login.is_ok(), "the login fails without a fault: {}", shown(&login));
        }
        session
    }

    async fn clean(&self, operation: &Operation<S>) -> Clean {
        let wire = Wire::new();
        let mut session = self.session(operation, &wire).await;
        wire.record();
        let answer = operation.run(&mut session).await;
        Clean { answer, bytes: wire.recorded() }
    }

    /// The places of a break inside of an operation's dialogue: before its first byte, after each of
    /// its lines but the last, and at a sample of bytes.
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
        for place in self.places(how, &clean.bytes) {
            if !known.takes(&[&row, &then]) {
                continue;
            }
            let wire = Wire::new();
            let mut session = self.session(operation, &wire).await;
            how.arm(&wire, wire.bytes_read() + u64::try_from(place).unwrap_or(0), &self.words);
            let at = format!("after {place} of {} bytes", clean.bytes.len());
            let answer = timed(operation, &mut session).await;
            if let Err(why) = self.judge(operation, &clean.answer, how, When::During, &answer) {
                known.fails(row.clone(), format!("{at}: {why}"));
            }
            let has_no_session = operation.ends || self.is_login(operation);
            if answer.0.is_ok() || has_no_session || how == Break::Pause {
                continue;
            }
            let answer = timed(self.witness, &mut session).await;
            if let Err(why) = self.judge(self.witness, &clean.answer, how, When::After, &answer) {
                known.fails(then.clone(), format!("{at}: {why}"));
            }
        }
    }

    /// Breaks after an operation's answer, with every operation after it.
    async fn between(
        &self,
        operation: &Operation<S>,
        clean: &Clean,
        how: Break,
        known: &mut Known,
        cleans: &[Clean],
    ) {
        if operation.ends || clean.answer.is_err() || how == Break::Pause {
            return;
        }
        for (next, expected) in self.operations.iter().zip(cleans) {
            let row = format!("{} {how} before {}", self.subject, next.name);
            if !known.takes(&[&row]) {
                continue;
            }
            let wire = Wire::new();
            let mut session = self.session(operation, &wire).await;
            let _ = operation.run(&mut session).await;
            how.arm(&wire, wire.bytes_read(), &self.words);
            let answer = timed(next, &mut session).await;
            // After an operation that changes something the next answer may be another one.
            let expected = if operation.changes { &answer.0 } else { &expected.answer };
            if let Err(why) = self.judge(next, expected, how, When::Before, &answer) {
                known.fails(row, format!("after {}: {why}", operation.name));
            }
        }
    }

    /// Whether the answer to a broken operation is right.
    fn judge(
        &self,
        operation: &Operation<S>,
        clean: &Answer,
        how: Break,
        when: When,
        (answer, took): &(Answer, Duration),
    ) -> Result<(), String> {
        if *took > operation.deadline {
            return Err(format!("{} s: {}", took.as_secs(), shown(answer)));
        }
        let wanted =
            if how.is_slow() && !matches!(when, When::After) { "Timeout" } else { "Closed" };
        match answer {
            Ok(_) if operation.is_local => Ok(()),
            // The session was over anyway.
            Ok(_) if operation.ends && answer == clean => Ok(()),
            Ok(_) if how == Break::Stall && operation.listens => Ok(()),
            Ok(_) if matches!(how, Break::Drip | Break::Pause | Break::Early) => {
                let is_right = answer == clean;
                if is_right { Ok(()) } else { Err(format!("a wrong answer: {}", shown(answer))) }
            }
            Ok(_) => Err(format!("an answer in place of {wanted}: {}", shown(answer))),
            Err(_) if how == Break::Pause => Err(shown(answer)),
            Err(failure) if how == Break::Early && failure.class == "Protocol" => Ok(()),
            Err(failure) => {
                let is_unknown = operation.changes && failure.class == "Unknown";
                let is_misnamed = failure.class != wanted && !is_unknown;
                if is_misnamed || !failure.transient && !is_unknown {
                    return Err(format!("not {wanted}, transient: {}", shown(answer)));
                }
                if how.has_words() && !is_unknown && !failure.text.contains(self.words.shown) {
                    return Err(format!("without the last words: {}", shown(answer)));
                }
                Ok(())
            }
        }
    }
}

/// Runs an operation, and tells how long it took.
async fn timed<S>(operation: &Operation<S>, session: &mut S) -> (Answer, Duration) {
    let begun = Instant::now();
    let answer = timeout(HANGS, operation.run(session)).await;
    (answer.unwrap_or_else(|_| Ok("hangs for ever".into())), begun.elapsed())
}

#[cfg(test)]
mod tests;
