//! [`FaultStream`]: a stream that fails at a chosen byte, and counts polls and bytes.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// What a poll moves at most, in bytes.
const PIECE: usize = 4096;

/// What happens to one direction of a stream, from a chosen byte on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The peer has closed the connection: reads return the end, writes `BrokenPipe`.
    Eof,
    /// The peer has closed its half: reads return the end, writes work. On the writing side: writes
    /// return `BrokenPipe`, reads work.
    HalfClose,
    /// The peer has reset the connection: both directions return `ConnectionReset`.
    Reset,
    /// The peer has closed the connection without TLS close_notify: reads return `UnexpectedEof`,
    /// as rustls does, writes `BrokenPipe`.
    NoCloseNotify,
    /// Nothing moves in this direction any more.
    Stall,
    /// Nothing moves in this direction for so long, once.
    Pause(Duration),
    /// So many bytes move at a time, with a pause after each piece.
    Drip {
        /// The bytes of a piece.
        bytes: usize,
        /// The pause after a piece.
        every: Duration,
    },
    /// Every poll moves at most so many bytes.
    Short(usize),
    /// Writes take 0 bytes. On the reading side the same as [`HalfClose`](Self::HalfClose).
    Zero,
    /// Every other poll is pending and wakes its task at once.
    SpuriousPending,
    /// These bytes are read before the next byte of the peer. Not for the writing side.
    Insert(Bytes),
    /// The same bytes again and again are read before the next byte of the peer. Not for the
    /// writing side.
    Flood {
        /// The bytes.
        piece: Bytes,
        /// How often they come.
        times: u64,
    },
}

impl Fault {
    /// So many bytes at a time, with a pause after each piece.
    #[must_use]
    pub const fn drip(bytes: usize, every: Duration) -> Self {
        Self::Drip { bytes, every }
    }
}

/// How a direction of the stream has ended.
#[derive(Clone, Copy, Debug)]
enum End {
    Quiet,
    Failed(io::ErrorKind),
}

/// Bytes that are read in place of those of the peer.
#[derive(Debug)]
struct Inserted {
    piece: Bytes,
    /// How often the piece still comes, this time included.
    times: u64,
    /// The part of the piece that was read.
    read: usize,
}

impl Inserted {
    /// Fills the buffer. True if nothing is left.
    fn read(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        while self.times > 0 && buffer.remaining() > 0 {
            let rest = self.piece.slice(self.read..);
            let length = rest.len().min(buffer.remaining());
            buffer.put_slice(&rest[..length]);
            self.read += length;
            if self.read == self.piece.len() {
                (self.read, self.times) = (0, self.times - 1);
            }
        }
        self.times == 0
    }
}

/// One direction.
#[derive(Debug, Default)]
struct Side {
    /// Bytes of the peer that moved.
    moved: u64,
    polls: u64,
    /// Faults to come, in the order of their bytes.
    due: VecDeque<(u64, Fault)>,
    end: Option<End>,
    stalled: bool,
    drip: Option<(usize, Duration)>,
    short: Option<usize>,
    spurious: bool,
    /// The last poll was pending without a reason.
    skipped: bool,
    zero: bool,
    inserted: VecDeque<Inserted>,
    sleep: Option<Pin<Box<Sleep>>>,
    waker: Option<Waker>,
}

impl Side {
    fn schedule(&mut self, at: u64, fault: Fault) {
        let place = self.due.iter().position(|(due, _)| *due > at).unwrap_or(self.due.len());
        self.due.insert(place, (at, fault));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn end(&mut self, end: End) {
        self.end.get_or_insert(end);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Whether a poll has to wait. The caller has met the faults that are due.
    fn waits(&mut self, cx: &mut Context<'_>) -> bool {
        self.waker = Some(cx.waker().clone());
        if self.spurious {
            self.skipped = !self.skipped;
            if self.skipped {
                cx.waker().wake_by_ref();
                return true;
            }
        }
        if let Some(sleep) = &mut self.sleep {
            if sleep.as_mut().poll(cx).is_pending() {
                return true;
            }
            self.sleep = None;
        }
        self.stalled
    }

    /// How many bytes the next poll may move, up to the next fault.
    fn room(&self, wanted: usize) -> usize {
        let to_fault = self.due.front().map_or(u64::MAX, |(at, _)| at.saturating_sub(self.moved));
        let to_fault = usize::try_from(to_fault).unwrap_or(usize::MAX);
        let drip = self.drip.map_or(usize::MAX, |(bytes, _)| bytes.max(1));
        let short = self.short.unwrap_or(usize::MAX).max(1);
        wanted.min(to_fault).min(drip).min(short).min(PIECE)
    }

    fn moved(&mut self, bytes: usize) {
        self.moved += u64::try_from(bytes).unwrap_or(u64::MAX);
        if let Some((_, every)) = self.drip.filter(|_| bytes > 0) {
            self.sleep = Some(Box::pin(sleep(every)));
        }
    }
}

#[derive(Debug, Default)]
struct State {
    reading: Side,
    writing: Side,
    /// Everything that was read and written, if it is recorded.
    record: Option<[Vec<u8>; 2]>,
    /// When the first fault happened.
    struck: Option<Instant>,
}

impl State {
    /// Meets the faults of a direction that are due.
    fn meet(&mut self, reads: bool) {
        loop {
            let side = if reads { &mut self.reading } else { &mut self.writing };
            if side.due.front().is_none_or(|(at, _)| *at > side.moved) {
                return;
            }
            let Some((_, fault)) = side.due.pop_front() else {
                return;
            };
            self.apply(reads, fault);
        }
    }

    fn apply(&mut self, reads: bool, fault: Fault) {
        self.struck.get_or_insert_with(Instant::now);
        let side = if reads { &mut self.reading } else { &mut self.writing };
        match fault {
            Fault::HalfClose if !reads => side.end(End::Failed(io::ErrorKind::BrokenPipe)),
            Fault::HalfClose => side.end(End::Quiet),
            Fault::Zero if reads => side.end(End::Quiet),
            Fault::Zero => side.zero = true,
            Fault::Stall => side.stalled = true,
            Fault::Pause(time) => side.sleep = Some(Box::pin(sleep(time))),
            Fault::Drip { bytes, every } => side.drip = Some((bytes, every)),
            Fault::Short(most) => side.short = Some(most),
            Fault::SpuriousPending => side.spurious = true,
            // Nothing is not the end of the stream.
            Fault::Insert(piece) | Fault::Flood { piece, .. } if piece.is_empty() => {}
            Fault::Insert(piece) => side.inserted.push_back(Inserted { piece, times: 1, read: 0 }),
            Fault::Flood { piece, times } => {
                side.inserted.push_back(Inserted { piece, times, read: 0 });
            }
            Fault::Eof => {
                self.reading.end(End::Quiet);
                self.writing.end(End::Failed(io::ErrorKind::BrokenPipe));
            }
            Fault::Reset => {
                self.reading.end(End::Failed(io::ErrorKind::ConnectionReset));
                self.writing.end(End::Failed(io::ErrorKind::ConnectionReset));
            }
            Fault::NoCloseNotify => {
                self.reading.end(End::Failed(io::ErrorKind::UnexpectedEof));
                self.writing.end(End::Failed(io::ErrorKind::BrokenPipe));
            }
        }
    }
}

/// The faults and the counters of one stream. It is kept outside of the stream, so that a test can
/// add faults while a session runs.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<Mutex<State>>);

impl Wire {
    /// A stream without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics inside of a poll")
    }

    /// A fault after `at` bytes were read since the stream began, or now if they were read already.
    pub fn on_read(&self, at: u64, fault: Fault) {
        self.lock().reading.schedule(at, fault);
    }

    /// A fault after `at` bytes were written since the stream began, or now if they were written
    /// already.
    pub fn on_write(&self, at: u64, fault: Fault) {
        self.lock().writing.schedule(at, fault);
    }

    /// Keeps what is read and written from now on.
    pub fn record(&self) {
        self.lock().record = Some([const { Vec::new() }; 2]);
    }

    /// The bytes that were read since [`record`](Self::record).
    #[must_use]
    pub fn recorded(&self) -> Vec<u8> {
        let [read, _] = self.lock().record.clone().unwrap_or_default();
        read
    }

    /// The bytes that were written since [`record`](Self::record).
    #[must_use]
    pub fn recorded_writes(&self) -> Vec<u8> {
        let [_, written] = self.lock().record.clone().unwrap_or_default();
        written
    }

    /// When the first fault happened.
    #[must_use]
    pub fn struck(&self) -> Option<Instant> {
        self.lock().struck
    }

    /// The bytes of the peer that were read. Inserted bytes do not count.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.lock().reading.moved
    }

    /// The bytes that were written.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.lock().writing.moved
    }

    /// How often the stream was polled for reading.
    #[must_use]
    pub fn read_polls(&self) -> u64 {
        self.lock().reading.polls
    }

    /// How often the stream was polled for writing.
    #[must_use]
    pub fn write_polls(&self) -> u64 {
        self.lock().writing.polls
    }
}

/// A stream with the faults of a [`Wire`].
#[derive(Debug)]
pub struct FaultStream<S> {
    inner: S,
    wire: Wire,
}

impl<S> FaultStream<S> {
    /// The stream `inner` with the faults of `wire`.
    #[must_use]
    pub fn new(inner: S, wire: &Wire) -> Self {
        Self { inner, wire: wire.clone() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FaultStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let mut state = this.wire.lock();
        state.reading.polls += 1;
        state.meet(true);
        let side = &mut state.reading;
        // The inserted bytes came before the end.
        if let Some(inserted) = side.inserted.front_mut() {
            if inserted.read(buffer) {
                side.inserted.pop_front();
            }
            return Poll::Ready(Ok(()));
        }
        match side.end {
            Some(End::Quiet) => return Poll::Ready(Ok(())),
            Some(End::Failed(kind)) => return Poll::Ready(Err(kind.into())),
            None => {}
        }
        if side.waits(cx) {
            return Poll::Pending;
        }
        let mut piece = [0; PIECE];
        let (piece, _) = piece.split_at_mut(side.room(buffer.remaining()));
        let mut piece = ReadBuf::new(piece);
        let polled = Pin::new(&mut this.inner).poll_read(cx, &mut piece);
        side.moved(piece.filled().len());
        buffer.put_slice(piece.filled());
        if let Some([read, _]) = &mut state.record {
            read.extend_from_slice(piece.filled());
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FaultStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut state = this.wire.lock();
        state.writing.polls += 1;
        state.meet(false);
        let side = &mut state.writing;
        match side.end {
            Some(End::Failed(kind)) => return Poll::Ready(Err(kind.into())),
            _ if side.zero => return Poll::Ready(Ok(0)),
            _ => {}
        }
        if side.waits(cx) {
            return Poll::Pending;
        }
        let (piece, _) = bytes.split_at(side.room(bytes.len()));
        let polled = Pin::new(&mut this.inner).poll_write(cx, piece);
        if let Poll::Ready(Ok(length)) = polled {
            side.moved(length);
            if let Some([_, written]) = &mut state.record {
                written.extend_from_slice(&piece[..length]);
            }
        }
        polled
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(End::Failed(kind)) = this.wire.lock().writing.end {
            return Poll::Ready(Err(kind.into()));
        }
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(End::Failed(kind)) = this.wire.lock().writing.end {
            return Poll::Ready(Err(kind.into()));
        }
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
