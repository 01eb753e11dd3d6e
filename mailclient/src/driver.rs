//! The only file that touches a socket: it moves bytes between a stream and a protocol machine.
//!
//! It is poll-based, and all its state is here and none in a future: received bytes stay in
//! `input`, unwritten bytes in `output`, the start of a wait in `clock`. So any future above it may
//! be dropped at any await.

use std::{
    fmt,
    future::poll_fn,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, Sleep, sleep_until, timeout},
};
use zeroize::Zeroizing;

use crate::{
    account::timeouts::Timeouts,
    arrival::Arrival,
    clock::{Clock, later},
    error::{Error, ProtocolError, Result, Stage, refusal::blanked},
    limits::Limits,
    machine::Machine,
    settling::Settling,
    stream::BoxStream,
    unasked::Unasked,
};

/// Free space in the input buffer before each read, in bytes.
const READ: usize = 32 << 10;
/// After so many steps that found something, an event or bytes, the other tasks of the runtime get
/// their turn: a stream that is always ready would keep one poll busy for ever. It is some 8 MiB,
/// or one millisecond of lines.
const STEPS: u32 = 256;
/// How long to wait for an answer after the server said that it ends the session.
const AFTER_GOODBYE: Duration = Duration::from_secs(5);
/// How long the orderly end of TLS may take.
const SHUT_DOWN: Duration = Duration::from_secs(5);

/// A stream, its buffers, its clock and a machine.
pub(crate) struct Driver<M: Machine> {
    stream: BoxStream,
    machine: M,
    input: BytesMut,
    /// Bytes of the machine that the stream has not taken yet.
    output: Bytes,
    /// Bytes were written since the last complete flush; TLS holds some back until then.
    unflushed: bool,
    /// Believed once there is nothing left to read.
    write_error: Option<io::Error>,
    timeouts: Timeouts,
    stage: Stage,
    clock: Clock,
    /// When the stream became ready, and the waker that notes it: the stream is polled with it.
    arrival: Arc<Arrival>,
    waker: Waker,
    /// Armed with the nearest deadline.
    sleep: Option<Pin<Box<Sleep>>>,
    /// When a byte moved last, and how many came in.
    heard: Instant,
    received: u64,
    /// What no call asked for of that.
    unasked: Unasked,
    /// The steps since the last `Pending`.
    steps: u32,
    /// How many bytes went out.
    written: u64,
    /// How many had gone out when the first of the commands in flight was queued.
    written_before: u64,
    /// The last words of the server, and when they came.
    said: Box<str>,
    said_goodbye: Option<Instant>,
    /// The secrets of the login, which no error shows: a server may repeat them later too. Wiped
    /// when the session is dropped.
    secrets: Vec<Zeroizing<String>>,
    /// The session is over: nothing is read or written any more.
    is_over: bool,
    /// The commands that were not answered yet.
    sent: Vec<M::CommandId>,
    /// The bounds of what a call finishes for dropped ones.
    settling: Settling,
}

/// What [`Driver::poll`] waits for besides an event.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    Event,
    /// This time.
    Time(Instant),
    /// The time is over that the rest of dropped calls may take.
    Settled,
    /// Every byte is written and flushed.
    Written,
}

impl<M: Machine> Driver<M> {
    pub(crate) fn new(
        stream: BoxStream,
        machine: M,
        timeouts: Timeouts,
        limits: &Limits,
        stage: Stage,
    ) -> Self {
        let arrival = Arc::new(Arrival::default());
        Self {
            stream,
            machine,
            input: BytesMut::new(),
            output: Bytes::new(),
            unflushed: false,
            write_error: None,
            timeouts,
            stage,
            clock: Clock::default(),
            waker: Waker::from(Arc::clone(&arrival)),
            arrival,
            sleep: None,
            heard: Instant::now(),
            received: 0,
            unasked: Unasked::new(limits.unasked),
            steps: 0,
            written: 0,
            written_before: 0,
            said: "".into(),
            said_goodbye: None,
            secrets: Vec::new(),
            is_over: false,
            sent: Vec::new(),
            settling: Settling::default(),
        }
    }

    /// The machine, to answer challenges. Nothing leaves before the next poll.
    pub(crate) const fn machine_mut(&mut self) -> &mut M {
        &mut self.machine
    }

    pub(crate) const fn machine(&self) -> &M {
        &self.machine
    }

    /// The secrets of a login that begins: from now on the server's last words do not show them.
    pub(crate) fn hide(&mut self, secrets: &[Zeroizing<String>]) {
        self.secrets = secrets.to_vec();
    }

    pub(crate) fn secrets(&self) -> &[Zeroizing<String>] {
        &self.secrets
    }

    /// Sets what [`Error::Timeout`] names, and which of the account's timeouts count.
    pub(crate) const fn set_stage(&mut self, stage: Stage) {
        self.stage = stage;
    }

    /// Queues a command. Nothing leaves before the next poll.
    pub(crate) fn send(&mut self, command: &M::Command<'_>) -> Result<M::CommandId> {
        let sent = self.try_send(command)?;
        sent.ok_or_else(|| Error::misuse("too many commands at once"))
    }

    /// Queues a command; `None` if an answer has to come first.
    pub(crate) fn try_send(&mut self, command: &M::Command<'_>) -> Result<Option<M::CommandId>> {
        self.check_open()?;
        match self.machine.send(command) {
            Ok(id) => {
                id.into_iter().for_each(|id| self.sent(id));
                Ok(id)
            }
            Err(Error::Closed { .. }) => Err(self.closed(None)),
            Err(error) => Err(error),
        }
    }

    /// Remembers a command until it is answered.
    pub(crate) fn sent(&mut self, id: M::CommandId) {
        if self.machine.in_flight() <= 1 {
            self.written_before = self.written;
            self.unasked.restart();
        }
        self.sent.push(id);
    }

    /// Takes back every command of which no byte was sent, and has the rest of the answers to the
    /// others dropped.
    pub(crate) fn take_back(&mut self) {
        for id in std::mem::take(&mut self.sent).into_iter().rev() {
            if !self.machine.withdraw(id) {
                self.machine.discard(id);
                self.sent.push(id);
            }
        }
    }

    /// Whether answers to dropped calls are outstanding: [`Until::Settled`] waits for them.
    ///
    /// # Errors
    /// [`Error::Closed`] when too much is outstanding: the connection is given up.
    pub(crate) fn is_settling(&mut self) -> Result<bool> {
        if self.machine.in_flight() == 0 {
            self.settling.done();
            return Ok(false);
        }
        if self.settling.may_go_on(self.received) { Ok(true) } else { Err(self.give_up()) }
    }

    /// Whether the connection was quiet for so long that the server may soon end it.
    ///
    /// # Errors
    /// [`Error::Closed`] when the session is over, or will be by what the server said.
    pub(crate) fn is_quiet(&self) -> Result<bool> {
        if self.is_over || self.said_goodbye.is_some() {
            return Err(self.closed(None));
        }
        let hint = self.machine.keep_alive_hint();
        Ok(hint.is_some_and(|hint| later(self.heard, hint) <= Instant::now()))
    }

    pub(crate) const fn timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    /// When a byte moved last.
    pub(crate) const fn heard(&self) -> Instant {
        self.heard
    }

    /// How many bytes went out: a command of which none did has certainly not been carried out.
    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    /// Whether a byte of the commands in flight has left: what the server said before that answers
    /// none of them.
    pub(crate) const fn is_asked(&self) -> bool {
        self.written > self.written_before
    }

    /// Whether what came since the last call of this is part of a row or a body that was asked for.
    /// A server that sends too much else floods the client.
    pub(crate) const fn decide(&mut self, is_asked_for: bool) {
        self.unasked.decide(is_asked_for);
    }

    /// Nothing, as long as the session goes on.
    ///
    /// # Errors
    /// [`Error::Closed`] once it is over.
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.is_over { Err(self.closed(None)) } else { Ok(()) }
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Gives the connection up: for a wire that cannot be made clean.
    pub(crate) fn give_up(&mut self) -> Error {
        self.is_over = true;
        self.closed(None)
    }

    /// The error of a connection that is over, with the server's last words.
    pub(crate) fn closed(&self, source: Option<io::Error>) -> Error {
        Error::Closed { said: blanked(&self.said, &self.secrets), source: source.map(Arc::new) }
    }

    /// The next event, reading and writing as needed.
    ///
    /// # Errors
    /// A protocol error, the end of the connection, or [`Error::Timeout`].
    pub(crate) async fn next_event(&mut self) -> Result<M::Event> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<M::Event>> {
        loop {
            if let Some(event) = ready!(self.poll(cx, Until::Event))? {
                return Poll::Ready(Ok(event));
            }
        }
    }

    /// The next event, or `None` once `until` is reached. It reads before it writes, so words that
    /// came before a question are never taken for its answer; it reads again after it wrote and
    /// before it believes a failed write; and only then it looks at the clock.
    ///
    /// One poll of a task is bounded work, however often the stream is ready.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        until: Until,
    ) -> Poll<Result<Option<M::Event>>> {
        self.arrival.wakes(cx.waker());
        loop {
            if self.is_over {
                return Poll::Ready(Err(self.closed(None)));
            }
            if let Some(limit) = self.unasked.exceeded() {
                return Poll::Ready(Err(self.broken(ProtocolError::Flood { limit })));
            }
            self.steps += 1;
            if self.steps > STEPS {
                self.steps = 0;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let polled = self.machine.poll_event(&mut self.input);
            self.unasked.took(self.received.saturating_sub(self.input.len() as u64));
            match polled {
                Ok(Some(event)) => {
                    self.note(&event);
                    return Poll::Ready(Ok(Some(event)));
                }
                Ok(None) => {}
                Err(error) => return Poll::Ready(Err(self.broken(error))),
            }
            let ready_at = self.arrival.take();
            match self.poll_read(ready_at) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(self.ended(None))),
                Poll::Ready(Ok(_)) => continue,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(self.ended(Some(error)))),
                Poll::Pending => {}
            }
            if let Some(error) = self.write_error.take() {
                return Poll::Ready(Err(self.ended(Some(error))));
            }
            if self.poll_write(ready_at) {
                continue;
            }
            if matches!(until, Until::Written) && self.output.is_empty() && !self.unflushed {
                return Poll::Ready(Ok(None));
            }
            match self.poll_clock(cx, until) {
                Poll::Ready(Some(answer)) => return Poll::Ready(answer.map(|()| None)),
                Poll::Ready(None) => {}
                Poll::Pending => {
                    self.steps = 0;
                    return Poll::Pending;
                }
            }
        }
    }

    /// Ready with what the clock decides, or with `None` to look again.
    fn poll_clock(&mut self, cx: &mut Context<'_>, until: Until) -> Poll<Option<Result<()>>> {
        let now = Instant::now();
        let goodbye = self.said_goodbye.map(|start| later(start, AFTER_GOODBYE));
        if goodbye.is_some_and(|deadline| deadline <= now) {
            return Poll::Ready(Some(Err(self.give_up())));
        }
        let deadline = match self.patience() {
            Some(patience) => {
                self.clock.wait(now);
                self.clock.deadline(patience)
            }
            None => {
                self.clock.restart();
                None
            }
        };
        if deadline.is_some_and(|deadline| deadline <= now) {
            self.is_over = true;
            let (stage, said) = (self.stage, blanked(&self.said, &self.secrets));
            return Poll::Ready(Some(Err(Error::Timeout { stage, said })));
        }
        let until = match until {
            Until::Time(time) => Some(time),
            Until::Settled => self.settling.wait(now),
            Until::Event | Until::Written => None,
        };
        if until.is_some_and(|until| until <= now) {
            return Poll::Ready(Some(Ok(())));
        }
        let Some(nearest) = [goodbye, deadline, until].into_iter().flatten().min() else {
            return Poll::Pending;
        };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(nearest)));
        if sleep.deadline() != nearest {
            sleep.as_mut().reset(nearest);
        }
        sleep.as_mut().poll(cx).map(|()| None)
    }

    fn patience(&self) -> Option<crate::clock::Patience> {
        self.machine.patience().map(|hint| self.timeouts.apply(self.stage, hint))
    }

    fn note(&mut self, event: &M::Event) {
        if let Some(answered) = M::answered(event) {
            self.sent.retain(|id| *id != answered);
            self.clock.restart();
            self.unasked.restart();
            if self.said_goodbye.is_none() && !self.said.is_empty() {
                self.said = "".into();
            }
        }
        if let Some(words) = M::stray_words(event)
            && self.said_goodbye.is_none()
        {
            self.said = words.into();
        }
        if let Some(words) = M::last_words(event) {
            self.said = words.into();
            self.said_goodbye.get_or_insert_with(Instant::now);
        }
    }

    /// Bytes moved at `at`; the wait for them ended when the stream became ready, which is earlier
    /// if the caller did not poll.
    fn moved(&mut self, bytes: usize, at: Instant, ready_at: Option<Instant>) {
        self.heard = at;
        let ended = ready_at.unwrap_or(at);
        if let Some(patience) = self.patience() {
            self.clock.moved(ended, bytes, patience);
        }
        self.settling.moved(ended, bytes);
    }

    fn poll_read(&mut self, ready_at: Option<Instant>) -> Poll<io::Result<usize>> {
        self.input.reserve(READ);
        let cx = &mut Context::from_waker(&self.waker);
        // `read_buf` has no state: dropping it while it is pending loses nothing.
        let read = pin!(self.stream.read_buf(&mut self.input)).poll(cx);
        if let Poll::Ready(Ok(bytes)) = read {
            self.received = self.received.saturating_add(bytes as u64);
            let arrived = ready_at.unwrap_or_else(Instant::now);
            self.moved(bytes, arrived, ready_at);
        }
        read
    }

    /// Writes as much as the stream takes; true if anything moved or failed, so that it is worth
    /// looking again.
    fn poll_write(&mut self, mut ready_at: Option<Instant>) -> bool {
        let mut moved = false;
        loop {
            while self.output.is_empty()
                && let Some(bytes) = self.machine.poll_transmit()
            {
                self.output = bytes;
            }
            if self.output.is_empty() {
                break;
            }
            let cx = &mut Context::from_waker(&self.waker);
            match Pin::new(&mut self.stream).poll_write(cx, &self.output) {
                Poll::Ready(Ok(0)) => return self.write_failed(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(bytes)) => {
                    self.output.advance(bytes);
                    self.unflushed = true;
                    self.written = self.written.saturating_add(bytes as u64);
                    self.moved(bytes, Instant::now(), ready_at.take());
                    moved = true;
                }
                Poll::Ready(Err(error)) => return self.write_failed(error),
                Poll::Pending => return moved,
            }
        }
        if self.unflushed {
            let cx = &mut Context::from_waker(&self.waker);
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(Ok(())) => {
                    self.unflushed = false;
                    moved = true;
                }
                Poll::Ready(Err(error)) => return self.write_failed(error),
                Poll::Pending => {}
            }
        }
        moved
    }

    /// The last words of the server may still be readable, so the next read decides.
    fn write_failed(&mut self, error: io::Error) -> bool {
        self.write_error = Some(error);
        self.output = Bytes::new();
        self.unflushed = false;
        true
    }

    /// The stream is at its end, or broken.
    fn ended(&mut self, source: Option<io::Error>) -> Error {
        self.is_over = true;
        match self.machine.handle_eof(&self.input) {
            Err(error) if !error.is_end_of_stream() => self.broken(error),
            _ => self.closed(source),
        }
    }

    fn broken(&mut self, error: ProtocolError) -> Error {
        self.is_over = true;
        match error.last_words() {
            Some(words) => {
                self.said = words.into();
                self.closed(None)
            }
            None => Error::from(error).without(&self.secrets),
        }
    }

    /// Returns the stream for a TLS handshake, and a fresh machine for the session after it. Bytes
    /// that came in clear after the server's consent are an attack or a broken server: they end the
    /// session before the handshake.
    ///
    /// # Errors
    /// [`Error::Protocol`] when there are bytes in the input.
    pub(crate) fn into_tls_parts(self) -> Result<(BoxStream, M)> {
        let machine = self.machine.handle_tls_established(&self.input)?;
        Ok((self.stream, machine))
    }

    /// Ends a session that is over by agreement: closes the stream properly (TLS close_notify). A
    /// failure is ignored.
    pub(crate) async fn shut_down(&mut self) {
        self.is_over = true;
        let _ = timeout(SHUT_DOWN, self.stream.shutdown()).await;
    }
}

/// Without the buffers, which hold mail and secrets.
impl<M: Machine> fmt::Debug for Driver<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("stage", &self.stage)
            .field("received", &self.received)
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}
