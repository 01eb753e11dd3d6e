//! [`Server`]: plays the server's part of a transcript to an asynchronous client; [`play`] plays
//! the test's part as well.
//!
//! A `C:` line takes the tags that it names: `$1` is the text up to the next space there, and that
//! text in the lines after it. What happens to the connection, counted from the bytes that the
//! server has sent so far:
//!
//! | line | meaning |
//! |---|---|
//! | `! eof`, `! half-close`, `! reset`, `! no-close-notify` | it ends, as [`Fault`] says |
//! | `! stall` | nothing comes any more |
//! | `! pause 90s`, `! drip 1 20s` | it is slow |
//! | `! short 1`, `! spurious`, `! write-zero` | what a stream may do to its reader and writer |
//! | `! tls` | both ends do the handshake; after it only `! eof` can happen |
//!
//! And for [`play`]:
//!
//! | line | meaning |
//! |---|---|
//! | `> operation` | begins an [`Operation`]; it is polled while the next lines are played |
//! | `= text` | the operation ends with this answer; `error CLASS, transient: text` is a failure |
//! | `! drop` | the operation is dropped here, unfinished |
//! | `! advance 60s` | so much of the paused time passes |

use std::{
    collections::HashMap, fmt, future::poll_fn, mem, pin::pin, sync::Arc, task::Poll,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex},
    task::yield_now,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{Schedule, Step, Transcript};
use crate::{
    fault::{Fault, FaultStream, Wire},
    operation::{Answer, Doing, Operation},
    text::unescape,
};

/// The client's end of a [`connection`].
pub type ClientEnd = FaultStream<DuplexStream>;

/// Bytes on their way in one direction, at most.
const PIPE: usize = 64 * 1024;

/// A line of the client that does not come after the operation has ended is missed after this time.
const MISSED: Duration = Duration::from_secs(60);

/// A transport.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A client's end, and the server at the other one.
#[must_use]
pub fn connection(name: &str, schedule: Schedule) -> (ClientEnd, Server) {
    let (ours, theirs) = duplex(PIPE);
    let wire = Wire::new();
    let server = Server { wire: Some(wire.clone()), ..Server::over(ours, name, schedule) };
    (FaultStream::new(theirs, &wire), server)
}

/// A server that does and hears what a transcript says.
pub struct Server {
    stream: Box<dyn Stream>,
    /// The bytes that were read and are in no line yet.
    heard: BytesMut,
    /// Where faults are armed; a stream of the caller has none.
    wire: Option<Wire>,
    tls: Option<Arc<ServerConfig>>,
    sent: u64,
    name: String,
    schedule: Schedule,
    tags: HashMap<String, String>,
}

impl Server {
    /// A server over a stream of the caller, on which nothing but `! tls` and `! eof` can happen.
    /// The name is for the messages of asserts.
    #[must_use]
    pub fn over(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        name: &str,
        schedule: Schedule,
    ) -> Self {
        Self {
            stream: Box::new(stream),
            heard: BytesMut::new(),
            wire: None,
            tls: None,
            sent: 0,
            name: name.into(),
            schedule,
            tags: HashMap::new(),
        }
    }

    /// The server's side of `! tls`.
    #[must_use]
    pub fn with_tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Plays a step with the number of its line.
    ///
    /// # Panics
    /// The client says something else, or the step is none for a server.
    pub async fn step(&mut self, number: usize, step: &Step) {
        let place = format!("{}:{number}", self.name);
        match step {
            Step::Server(bytes) => self.send(bytes).await,
            Step::Client(line) => self.hear(&place, line).await,
            Step::Wire(what) if what == "tls" => self.handshake(&place).await,
            Step::Wire(what) if what == "eof" && self.wire.is_none() => {
                self.stream.shutdown().await.unwrap();
            }
            Step::Wire(what) => self.arm(&place, what),
            other => panic!("{place}: not for a server: {other:?}"),
        }
    }

    /// The client may be gone: what it does not read is for the lines after it to find.
    async fn send(&mut self, bytes: &[u8]) {
        let mut bytes = Bytes::from(self.with_tags(bytes));
        while !bytes.is_empty() {
            let piece = bytes.split_to(self.schedule.next(bytes.len()));
            self.sent += u64::try_from(piece.len()).unwrap();
            let written = self.stream.write_all(&piece).await;
            if written.is_err() || self.stream.flush().await.is_err() {
                return;
            }
            // The client reads this piece before the next one comes.
            yield_now().await;
        }
    }

    /// The bytes with the tags that were taken in place of `$1` and the like.
    fn with_tags(&self, bytes: &[u8]) -> Vec<u8> {
        let mut rest = bytes;
        let mut out = Vec::with_capacity(bytes.len());
        while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
            let digits = rest[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (name, later) = rest[at..].split_at(1 + digits);
            out.extend_from_slice(&rest[..at]);
            let tag = self.tags.get(&*String::from_utf8_lossy(name));
            out.extend_from_slice(tag.map_or(name, |tag| tag.as_bytes()));
            rest = later;
        }
        out.extend_from_slice(rest);
        out
    }

    async fn hear(&mut self, place: &str, wanted: &str) {
        let line = loop {
            if let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                break self.heard.split_to(end + 1);
            }
            let read = self.stream.read_buf(&mut self.heard).await;
            assert!(
                read.is_ok_and(|bytes| bytes > 0),
                "{place}: the client ended in place of {wanted:?}, after {}",
                self.heard.escape_ascii()
            );
        };
        let shown = line.escape_ascii();
        let mut rest =
            line.strip_suffix(b"\r\n").unwrap_or_else(|| panic!("{place}: no CRLF after {shown}"));
        let mut text = wanted;
        while let Some((before, after)) = text.split_once('$') {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                break;
            }
            rest = rest
                .strip_prefix(&unescape(before)[..])
                .unwrap_or_else(|| panic!("{place}: {wanted:?} in place of {shown}"));
            let (tag, later) =
                rest.split_at(rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len()));
            let tag = String::from_utf8_lossy(tag).into_owned();
            self.tags.insert(format!("${}", &after[..digits]), tag);
            rest = later;
            text = &after[digits..];
        }
        let said = rest.escape_ascii().to_string();
        assert_eq!(said, unescape(text).escape_ascii().to_string(), "{place}: {wanted:?}: {shown}");
    }

    async fn handshake(&mut self, place: &str) {
        assert!(self.heard.is_empty(), "{place}: the client spoke before the handshake");
        let config = self.tls.clone().unwrap_or_else(|| panic!("{place}: no TLS for this server"));
        let stream = mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
        let accepted = TlsAcceptor::from(config).accept(stream).await;
        self.stream = Box::new(accepted.unwrap_or_else(|error| panic!("{place}: {error}")));
        // A place in what the server says is no place on the wire any more.
        self.wire = None;
    }

    fn arm(&self, place: &str, what: &str) {
        let wire = self.wire.as_ref().unwrap_or_else(|| panic!("{place}: not here: {what}"));
        let words: Vec<&str> = what.split(' ').collect();
        let both = |fault: Fault| {
            wire.on_write(wire.bytes_written(), fault.clone());
            fault
        };
        let fault = match words[..] {
            ["eof"] => Fault::Eof,
            ["half-close"] => Fault::HalfClose,
            ["reset"] => Fault::Reset,
            ["no-close-notify"] => Fault::NoCloseNotify,
            ["stall"] => Fault::Stall,
            ["pause", time] => Fault::Pause(duration(time)),
            ["drip", bytes, time] => Fault::drip(bytes.parse().unwrap(), duration(time)),
            ["short", bytes] => both(Fault::Short(bytes.parse().unwrap())),
            ["spurious"] => both(Fault::SpuriousPending),
            ["write-zero"] => return wire.on_write(wire.bytes_written(), Fault::Zero),
            _ => panic!("{place}: nothing that happens to a connection: {what}"),
        };
        wire.on_read(self.sent, fault);
    }
}

/// `90s`, `5m` or `20ms`.
fn duration(text: &str) -> Duration {
    let (number, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    let number = number.parse().unwrap();
    match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(60 * number),
        _ => panic!("not a time: {text}"),
    }
}

/// An operation that is under way.
struct Running<'a> {
    future: Doing<'a, Answer>,
    answer: Option<Answer>,
}

impl Running<'_> {
    /// Does something else while the operation goes on.
    async fn beside<T>(&mut self, place: &str, other: impl Future<Output = T>) -> T {
        let mut other = pin!(other);
        let first = poll_fn(|cx| {
            if self.answer.is_none()
                && let Poll::Ready(answer) = self.future.as_mut().poll(cx)
            {
                self.answer = Some(answer);
            }
            match other.as_mut().poll(cx) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if self.answer.is_some() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        });
        if let Some(done) = first.await {
            return done;
        }
        let late = timeout(MISSED, other).await;
        late.unwrap_or_else(|_| panic!("{place}: missed, the operation ended: {:?}", self.answer))
    }

    async fn finish(&mut self) -> Answer {
        match self.answer.take() {
            Some(answer) => answer,
            None => self.future.as_mut().await,
        }
    }
}

/// An answer as a `=` line shows it.
fn learned(answer: &Answer) -> String {
    match answer {
        Ok(text) => text.clone(),
        Err(failure) => format!("error {failure}"),
    }
}

/// Plays a transcript: the operations on `session`, whose connection leads to `server`.
///
/// # Panics
/// The client says or learns something else than the transcript.
pub async fn play<S>(
    transcript: &Transcript,
    operations: &[Operation<S>],
    session: &mut S,
    mut server: Server,
) {
    let place = |number: &usize| format!("{}:{number}", transcript.name);
    let mut steps = transcript.steps.iter();
    while let Some((number, step)) = steps.next() {
        let Step::Call(name) = step else {
            match step {
                Step::Wire(what) if what.starts_with("advance ") => sleep(advance(what)).await,
                _ => server.step(*number, step).await,
            }
            continue;
        };
        let operation = operations.iter().find(|operation| operation.name() == name);
        let operation = operation.unwrap_or_else(|| panic!("{}: no such call", place(number)));
        let mut running = Running { future: Box::pin(operation.run(session)), answer: None };
        loop {
            let Some((number, step)) = steps.next() else {
                panic!("{}: the call neither ends nor is dropped", place(number));
            };
            let place = place(number);
            match step {
                Step::Event(expected) => {
                    let answer = learned(&running.finish().await);
                    assert_eq!(answer, *expected, "{place}");
                    break;
                }
                Step::Wire(what) if what == "drop" => {
                    running.beside(&place, yield_now()).await;
                    assert_eq!(running.answer, None, "{place}: it has ended before");
                    break;
                }
                Step::Wire(what) if what.starts_with("advance ") => {
                    running.beside(&place, sleep(advance(what))).await;
                }
                _ => running.beside(&place, server.step(*number, step)).await,
            }
        }
    }
}

fn advance(what: &str) -> Duration {
    duration(what.trim_start_matches("advance "))
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({}, {} bytes sent)", self.name, self.sent)
    }
}

#[cfg(test)]
mod tests;
