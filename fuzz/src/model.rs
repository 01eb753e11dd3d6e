//! A client machine under a list of operations that the fuzzer chose.
//!
//! An input is a list of operations, with the byte 0xFF between them: a letter, then its data. So a
//! seed can be written and read by a person, and a mutation of bytes is a mutation of operations.
//!
//! | letter | operation |
//! |---|---|
//! | `F` data | the server's bytes arrive |
//! | `S` n text | send command number `n` (a digit or letter) with the argument `text` |
//! | `A` data | answer the newest command (SASL, APPEND) |
//! | `C`, `D`, `I`, `W` | cancel the newest command, discard it, end IDLE, withdraw it |
//! | `T` | the TLS handshake is done |
//! | `E` | the server closes |
//! | `P` | take one event, `X` take one transmit: only the lazy run uses these two |
//!
//! The same input runs three times: events taken as soon as there are any, with the bytes as they
//! come; the same one byte at a time; and lazily, taking events only at `P`. In the first two all
//! bytes to send are taken after each event, and they must agree on everything.

use std::fmt::Debug;

use bytes::{Bytes, BytesMut};

/// The common interface of both client machines.
pub(crate) trait Machine: Sized {
    type Id: Copy + Eq + Debug;
    type Event: Debug;
    type Error: Clone + PartialEq + Debug;

    /// A machine; `options` chooses among configurations.
    fn new(options: u8) -> Self;
    /// `None` when the machine refused.
    fn send(&mut self, which: u8, argument: &str) -> Option<Self::Id>;
    fn answer(&mut self, id: Self::Id, data: Bytes);
    fn cancel(&mut self, id: Self::Id);
    fn discard(&mut self, id: Self::Id);
    fn end_idle(&mut self, id: Self::Id);
    fn withdraw(&mut self, id: Self::Id) -> bool;
    fn poll_transmit(&mut self) -> Option<Bytes>;
    fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Self::Event>, Self::Error>;
    fn tls(self, input: &BytesMut) -> Result<Self, Self::Error>;
    fn eof(&mut self, input: &BytesMut) -> Result<(), Self::Error>;
    fn in_flight(&self) -> usize;
    /// Whether the error depends on when the bytes arrived: POP3 has no tags, so the machine takes
    /// no answer that was there before its command left.
    fn is_premature(error: &Self::Error) -> bool;
    fn kind(event: Self::Event) -> Kind<Self::Id>;
}

/// The model's view of an event.
pub(crate) enum Kind<Id> {
    /// A piece of a body; adjacent pieces count as one.
    Body(Bytes),
    /// A command is complete.
    Done(Id, String),
    /// Any other event, as its `Debug` output.
    Other(String),
}

/// An entry of a run's result, comparable between runs.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Body(Vec<u8>),
    Event(String),
    Refused,
    Failed(String),
}

/// The result of a run.
struct Outcome {
    seen: Vec<Seen>,
    sent: Vec<u8>,
    premature: bool,
}

impl Outcome {
    fn same(mut self, mut other: Self) {
        if self.premature || other.premature {
            // Up to there, all entries are the same.
            for outcome in [&mut self, &mut other] {
                let failure = outcome.seen.iter().position(|seen| matches!(seen, Seen::Failed(_)));
                outcome.seen.truncate(failure.unwrap_or(outcome.seen.len()));
            }
            let both = self.seen.len().min(other.seen.len()).saturating_sub(1);
            assert_eq!(
                self.seen[..both],
                other.seen[..both],
                "the cutting of the input changed what was seen"
            );
            let both = self.sent.len().min(other.sent.len());
            assert_eq!(
                self.sent[..both],
                other.sent[..both],
                "the cutting of the input changed what was sent"
            );
            return;
        }
        assert_eq!(self.seen, other.seen, "the cutting of the input changed what was seen");
        assert_eq!(
            self.sent.escape_ascii().to_string(),
            other.sent.escape_ascii().to_string(),
            "the cutting of the input changed what was sent"
        );
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Feeding {
    Whole,
    Octets,
    Lazy,
}

/// Runs one input in all three ways.
///
/// # Panics
/// If an invariant is broken.
pub(crate) fn run<M: Machine>(data: &[u8]) {
    let Some((&options, operations)) = data.split_first() else {
        return;
    };
    let whole = Run::<M>::new(options, Feeding::Whole).all(operations);
    let octets = Run::<M>::new(options, Feeding::Octets).all(operations);
    whole.same(octets);
    Run::<M>::new(options, Feeding::Lazy).all(operations);
}

struct Run<M: Machine> {
    machine: Option<M>,
    input: BytesMut,
    feeding: Feeding,
    seen: Vec<Seen>,
    sent: Vec<u8>,
    open: Vec<M::Id>,
    newest: Option<M::Id>,
    failed: Option<M::Error>,
    premature: bool,
    /// Bytes and calls so far, the upper bound of the events.
    work: usize,
    events: usize,
}

impl<M: Machine> Run<M> {
    fn new(options: u8, feeding: Feeding) -> Self {
        Self {
            machine: Some(M::new(options)),
            input: BytesMut::new(),
            feeding,
            seen: Vec::new(),
            sent: Vec::new(),
            open: Vec::new(),
            newest: None,
            failed: None,
            premature: false,
            work: 16,
            events: 0,
        }
    }

    fn all(mut self, operations: &[u8]) -> Outcome {
        for operation in operations.split(|&octet| octet == 0xff) {
            if let Some((&letter, data)) = operation.split_first() {
                self.work += 4 + data.len();
                self.operation(letter, data);
            }
            if self.machine.is_none() {
                break;
            }
            self.check();
        }
        self.take_transmits();
        while self.take_event() {
            self.take_transmits();
        }
        self.take_transmits();
        // A premature line that has no end yet becomes an error with the end of the input.
        if self.failed.is_none()
            && let Some(machine) = &mut self.machine
        {
            self.premature |= machine.eof(&self.input).is_err_and(|error| M::is_premature(&error));
        }
        Outcome {
            premature: self.premature || self.failed.as_ref().is_some_and(M::is_premature),
            seen: self.seen,
            sent: self.sent,
        }
    }

    fn operation(&mut self, letter: u8, data: &[u8]) {
        let Some(machine) = &mut self.machine else {
            return;
        };
        match letter {
            b'F' => match self.feeding {
                Feeding::Octets => {
                    for octet in data {
                        self.input.extend_from_slice(&[*octet]);
                        self.drain();
                    }
                }
                Feeding::Whole | Feeding::Lazy => self.input.extend_from_slice(data),
            },
            b'S' => {
                let (which, argument) = data.split_first().unwrap_or((&b'0', &[]));
                match machine.send(*which, &String::from_utf8_lossy(argument)) {
                    Some(id) => {
                        assert!(!self.open.contains(&id), "an identity was used twice");
                        assert_eq!(self.failed, None, "a command was accepted after an error");
                        self.open.push(id);
                        self.newest = Some(id);
                    }
                    None => self.seen.push(Seen::Refused),
                }
            }
            b'E' => {
                self.drain();
                if let Some(machine) = &mut self.machine
                    && let Err(error) = machine.eof(&self.input)
                {
                    self.fail(error);
                }
            }
            b'T' => {
                self.drain();
                if let Some(machine) = self.machine.take() {
                    match machine.tls(&self.input) {
                        Ok(fresh) => {
                            assert!(self.input.is_empty(), "octets from before TLS were kept");
                            self.machine = Some(fresh);
                            self.open.clear();
                        }
                        Err(error) => {
                            // They may be the beginning of a line that came too early.
                            self.premature |= !self.input.is_empty();
                            self.seen.push(Seen::Failed(format!("{error:?}")));
                        }
                    }
                }
                return;
            }
            b'P' => _ = self.take_event(),
            b'X' => self.take_transmits(),
            _ => {
                if let Some(id) = self.newest {
                    match letter {
                        b'A' => machine.answer(id, Bytes::copy_from_slice(data)),
                        b'C' => machine.cancel(id),
                        b'D' => machine.discard(id),
                        b'I' => machine.end_idle(id),
                        b'W' if machine.withdraw(id) => {
                            assert!(self.open.contains(&id), "withdrawn after its end");
                            self.open.retain(|one| *one != id);
                        }
                        _ => {}
                    }
                }
            }
        }
        self.drain();
    }

    fn drain(&mut self) {
        if self.feeding != Feeding::Lazy {
            // Bytes that an event releases are sent before the next event is taken.
            self.take_transmits();
            while self.take_event() {
                self.take_transmits();
            }
            self.take_transmits();
        }
    }

    fn take_event(&mut self) -> bool {
        let Some(machine) = &mut self.machine else {
            return false;
        };
        match machine.poll_event(&mut self.input) {
            Ok(None) => {
                assert_eq!(self.failed, None, "an error did not stick");
                false
            }
            Ok(Some(event)) => {
                assert_eq!(self.failed, None, "an event after an error");
                self.events += 1;
                assert!(self.events <= self.work, "more events than octets and calls");
                self.saw(M::kind(event));
                true
            }
            Err(error) => {
                self.fail(error);
                false
            }
        }
    }

    fn saw(&mut self, kind: Kind<M::Id>) {
        match kind {
            Kind::Body(octets) => match self.seen.last_mut() {
                Some(Seen::Body(before)) => before.extend_from_slice(&octets),
                _ => self.seen.push(Seen::Body(octets.to_vec())),
            },
            Kind::Done(id, text) => {
                let place = self.open.iter().position(|one| *one == id);
                assert!(place.is_some(), "done without having been accepted, or twice: {text}");
                self.open.retain(|one| *one != id);
                self.seen.push(Seen::Event(text));
            }
            Kind::Other(text) => self.seen.push(Seen::Event(text)),
        }
    }

    fn take_transmits(&mut self) {
        let Some(machine) = &mut self.machine else {
            return;
        };
        while let Some(octets) = machine.poll_transmit() {
            assert_eq!(self.failed, None, "something to transmit after an error");
            assert!(!octets.is_empty(), "nothing to transmit, in so many words");
            self.sent.extend_from_slice(&octets);
        }
    }

    fn fail(&mut self, error: M::Error) {
        match &self.failed {
            None => {
                self.seen.push(Seen::Failed(format!("{error:?}")));
                self.failed = Some(error);
            }
            Some(first) => assert_eq!(*first, error, "another error than the first"),
        }
    }

    fn check(&self) {
        if self.failed.is_none()
            && let Some(machine) = &self.machine
        {
            assert_eq!(machine.in_flight(), self.open.len(), "commands were lost or made up");
        }
    }
}
