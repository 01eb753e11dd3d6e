//! A session of the client machine over a blocking socket: the loop of the crate doc, with all
//! events checked.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::BTreeSet,
    io::{self, Read, Write},
    net::TcpStream,
    process::Child,
};

use bytes::{Bytes, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use imap_proto_lite::{
    AString, Atom, Command, CommandId, CommandKind, Config, ProtocolError, Response, SendError,
    Status,
    client::{Connection, Event},
    response::{Line, ResponseCode},
};
use rustls::{ClientConnection, StreamOwned};

use super::answer::{Answer, Body};

/// An argument that holds this text.
pub(crate) fn argument<'a>(text: impl Into<Cow<'a, str>>) -> AString<'a> {
    AString::new(text).unwrap()
}

/// An atom of this text.
pub(crate) fn atom<'a>(text: impl Into<Cow<'a, str>>) -> Atom<'a> {
    Atom::new(text).unwrap()
}

/// The server does not announce what a check is about.
#[derive(Debug)]
pub(crate) struct NotOffered;

/// How a check ends if it does not panic.
pub(crate) type Outcome<T = ()> = Result<T, NotOffered>;

thread_local! {
    /// The conversations of the running check, for the case that it fails.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Which commands were answered with OK on this thread.
    static ANSWERED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Takes the end of the log since the last call.
pub(crate) fn take_log() -> String {
    const SHOWN: usize = 6_000;
    let log = LOG.take();
    let end = &log[log.len().saturating_sub(SHOWN)..];
    end.split_inclusive(|octet| *octet == b'\n')
        .map(|line| format!("    {}\n", line.trim_ascii_end().escape_ascii()))
        .collect()
}

/// The names of the commands that were answered with OK on this thread.
pub(crate) fn answered() -> BTreeSet<String> {
    ANSWERED.with_borrow(Clone::clone)
}

/// Remembers that a command was answered.
pub(crate) fn note(kind: CommandKind, status: Status) {
    if status == Status::Ok {
        ANSWERED.with_borrow_mut(|all| all.insert(format!("{kind:?}")));
    }
}

fn log(direction: &str, octets: &[u8]) {
    LOG.with_borrow_mut(|log| {
        for line in octets.split_inclusive(|octet| *octet == b'\n') {
            log.extend_from_slice(direction.as_bytes());
            log.extend_from_slice(&line[..line.len().min(2_000)]);
            if !line.ends_with(b"\n") {
                log.push(b'\n');
            }
        }
    });
}

enum Transport {
    Clear(TcpStream),
    /// A server that was started for this session alone.
    Child(Child),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    Deflated {
        io: TcpStream,
        deflate: Compress,
        inflate: Decompress,
        /// Received and not inflated yet.
        waiting: BytesMut,
    },
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Self::Child(child) = self {
            // It ends at the end of its input.
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

impl Transport {
    fn write_all(&mut self, octets: &[u8]) -> io::Result<()> {
        match self {
            Self::Clear(io) => io.write_all(octets),
            Self::Child(child) => child.stdin.as_mut().unwrap().write_all(octets),
            Self::Tls(io) => io.write_all(octets).and_then(|()| io.flush()),
            Self::Deflated { io, deflate, .. } => {
                let mut out = Vec::with_capacity(octets.len() + 1_024);
                deflate
                    .compress_vec(octets, &mut out, FlushCompress::Sync)
                    .map_err(io::Error::other)?;
                io.write_all(&out)
            }
        }
    }

    /// Appends the bytes that were read; false at the end of the transport.
    fn read(&mut self, input: &mut BytesMut) -> io::Result<bool> {
        let mut chunk = [0; 16 * 1024];
        let n = match self {
            Self::Clear(io) => io.read(&mut chunk)?,
            Self::Child(child) => child.stdout.as_mut().unwrap().read(&mut chunk)?,
            Self::Tls(io) => io.read(&mut chunk)?,
            Self::Deflated { io, inflate, waiting, .. } => loop {
                let before = (inflate.total_in(), inflate.total_out());
                inflate
                    .decompress(waiting, &mut chunk, FlushDecompress::Sync)
                    .map_err(io::Error::other)?;
                let taken = usize::try_from(inflate.total_in() - before.0).unwrap();
                let given = usize::try_from(inflate.total_out() - before.1).unwrap();
                let _ = waiting.split_to(taken);
                if given > 0 {
                    break given;
                }
                let mut more = [0; 4 * 1024];
                match io.read(&mut more)? {
                    0 => break 0,
                    n => waiting.extend_from_slice(&more[..n]),
                }
            },
        };
        input.extend_from_slice(&chunk[..n]);
        Ok(n > 0)
    }
}

/// One connection.
pub(crate) struct Session {
    io: Transport,
    /// Always there, except while STARTTLS replaces it.
    machine: Option<Connection>,
    input: BytesMut,
    /// The check expects lines that are damaged.
    pub(crate) expects_damage: bool,
}

impl Session {
    /// A session whose greeting was not read yet.
    pub(crate) fn new(io: TcpStream, config: Config) -> Self {
        Self::over(Transport::Clear(io), config)
    }

    /// The same with a new server process, over its standard input and output.
    pub(crate) fn with_child(child: Child, config: Config) -> Self {
        Self::over(Transport::Child(child), config)
    }

    fn over(io: Transport, config: Config) -> Self {
        Self {
            io,
            machine: Some(Connection::new(config)),
            input: BytesMut::new(),
            expects_damage: false,
        }
    }

    pub(crate) fn machine(&mut self) -> &mut Connection {
        self.machine.as_mut().unwrap()
    }

    /// Whether the server announces it, as far as it was asked.
    pub(crate) fn has(&mut self, capability: &str) -> bool {
        self.machine().capabilities().expect("capabilities are known").has(capability)
    }

    /// Ends the check if the server does not announce it.
    pub(crate) fn needs(&mut self, capability: &str) -> Outcome {
        if self.has(capability) { Ok(()) } else { Err(NotOffered) }
    }

    /// Sends a command; ends the check if the machine refuses it because the server does not
    /// announce it.
    #[track_caller]
    pub(crate) fn send(&mut self, command: &Command<'_>) -> Outcome<CommandId> {
        match self.machine().send(command) {
            Ok(id) => Ok(id),
            Err(SendError::MissingCapability(_)) => Err(NotOffered),
            Err(error) => panic!("{command:?}: {error}"),
        }
    }

    /// Sends a command and waits for its answer.
    #[track_caller]
    pub(crate) fn run(&mut self, command: &Command<'_>) -> Outcome<Answer> {
        let id = self.send(command)?;
        Ok(self.wait(id, command.kind(), &[], 1))
    }

    /// The same for a command with a message, given in pieces of so many bytes.
    #[track_caller]
    pub(crate) fn upload(
        &mut self,
        command: &Command<'_>,
        message: &[u8],
        piece: usize,
    ) -> Outcome<Answer> {
        let id = self.send(command)?;
        Ok(self.wait(id, command.kind(), message, piece))
    }

    /// Waits for the answer to a command, and returns all events until then.
    #[track_caller]
    pub(crate) fn wait(
        &mut self,
        id: CommandId,
        kind: CommandKind,
        message: &[u8],
        piece: usize,
    ) -> Answer {
        let mut answer = Answer::new(kind);
        loop {
            match self.event() {
                Event::Done { id: done, status, code, text, .. } => {
                    assert_eq!(done, id, "another command is done");
                    note(kind, status);
                    answer.status = status;
                    answer.code = code;
                    answer.text = text.to_string();
                    return answer;
                }
                Event::ReadyForData { id: ready, .. } => {
                    assert_eq!(ready, id);
                    answer.asked_for_data = true;
                    for octets in message.chunks(piece) {
                        self.machine().answer(id, Bytes::copy_from_slice(octets)).unwrap();
                        self.transmit();
                    }
                }
                Event::StartTls { id: done, .. } | Event::StartCompression { id: done, .. } => {
                    assert_eq!(done, id);
                    note(kind, Status::Ok);
                    answer.status = Status::Ok;
                    return answer;
                }
                event => self.take(event, &mut answer),
            }
        }
    }

    /// Puts one event where it belongs.
    #[track_caller]
    pub(crate) fn take(&self, event: Event, answer: &mut Answer) {
        match event {
            Event::Untagged(line) => {
                let response = leaked(line);
                self.look_at(&response);
                answer.push(response);
            }
            Event::BodyStart { seq, section, origin, octets, binary, .. } => {
                answer.pending.push(Body {
                    seq,
                    section,
                    origin,
                    binary,
                    announced: octets,
                    octets: Vec::new(),
                    ended: false,
                })
            }
            Event::Body { chunk, .. } => {
                let body = answer.pending.last_mut().unwrap();
                body.octets.extend_from_slice(&chunk);
            }
            Event::BodyEnd => {
                let body = answer.pending.last_mut().unwrap();
                assert_eq!(body.octets.len() as u64, body.announced);
                body.ended = true;
            }
            Event::Unrecognized { .. } if self.expects_damage => {}
            event => panic!("unexpected: {event:?}"),
        }
    }

    /// No line of these servers is damaged or unknown unless a check says so.
    #[track_caller]
    fn look_at(&self, response: &Response<'_>) {
        use imap_proto_lite::response::FetchAttribute;
        match response {
            Response::Malformed { .. } if self.expects_damage => {}
            Response::Malformed { .. } | Response::Unknown { .. } => panic!("{response:?}"),
            Response::Fetch(fetch) => {
                for attribute in fetch.iter() {
                    assert!(
                        !matches!(
                            attribute,
                            FetchAttribute::Malformed { .. } | FetchAttribute::Unknown { .. }
                        ),
                        "{attribute:?} in {response:?}"
                    );
                }
            }
            _ => {}
        }
    }

    /// The next event; the whole loop.
    #[track_caller]
    pub(crate) fn event(&mut self) -> Event {
        loop {
            let machine = self.machine.as_mut().unwrap();
            let event = match machine.poll_event(&mut self.input) {
                Ok(event) => event,
                Err(error) => panic!("the machine says {error}"),
            };
            self.transmit();
            if let Some(event) = event {
                log_event(&event);
                // The machine has answered by itself.
                if let Event::Continuation { .. } = event {
                    continue;
                }
                return event;
            }
            let machine = self.machine.as_mut().unwrap();
            match self.io.read(&mut self.input) {
                Ok(true) => {}
                Ok(false) => {
                    log("S: ", b"(closed)");
                    if let Err(error) = machine.handle_eof(&self.input) {
                        panic!("closed: {error}");
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => panic!("reading: {error}; in hand: {}", self.input.escape_ascii()),
            }
        }
    }

    /// Sends a command that the server answers by closing the connection.
    #[track_caller]
    pub(crate) fn run_into_the_end(&mut self, command: &Command<'_>) {
        let id = self.send(command).unwrap();
        self.transmit();
        loop {
            match self.machine().poll_event(&mut BytesMut::new()) {
                Ok(Some(Event::Untagged(_))) => {}
                Ok(None) => {}
                other => panic!("{other:?} for {id:?}"),
            }
            if !self.io.read(&mut self.input).unwrap() {
                break;
            }
        }
        let machine = self.machine.as_mut().unwrap();
        assert!(matches!(
            machine.handle_eof(&self.input),
            Err(ProtocolError::UnexpectedEof { in_flight: 1, .. })
        ));
    }

    /// The greeting, read.
    #[track_caller]
    pub(crate) fn greeted(mut self) -> Self {
        match self.event() {
            Event::Greeting { .. } => self,
            event => panic!("no greeting but {event:?}"),
        }
    }

    /// Waits until the server idles.
    #[track_caller]
    pub(crate) fn idle(&mut self) -> Outcome<CommandId> {
        let id = self.send(&Command::Idle)?;
        let mut before = Answer::new(CommandKind::Idle);
        loop {
            match self.event() {
                Event::Idling { id: idling, .. } => {
                    assert_eq!(idling, id);
                    return Ok(id);
                }
                event => self.take(event, &mut before),
            }
        }
    }

    /// The next untagged response.
    #[track_caller]
    pub(crate) fn untagged(&mut self) -> Response<'static> {
        match self.event() {
            Event::Untagged(line) => {
                let response = leaked(line);
                self.look_at(&response);
                response
            }
            event => panic!("unexpected: {event:?}"),
        }
    }

    /// Sends STARTTLS, does the handshake and goes on inside TLS.
    #[track_caller]
    pub(crate) fn start_tls(&mut self, tls: ClientConnection) -> Outcome {
        self.run(&Command::StartTls)?;
        let Transport::Clear(io) = &self.io else {
            panic!("not in clear text");
        };
        let mut io = StreamOwned::new(tls, io.try_clone().unwrap());
        // Until then nothing may leave.
        assert!(self.machine().poll_transmit().is_none());
        while io.conn.is_handshaking() {
            io.conn.complete_io(&mut io.sock).unwrap();
        }
        self.io = Transport::Tls(Box::new(io));
        let machine = self.machine.take().unwrap();
        self.machine = Some(machine.handle_tls_established(&self.input).unwrap());
        Ok(())
    }

    /// Sends COMPRESS and goes on compressed.
    #[track_caller]
    pub(crate) fn compress(&mut self) -> Outcome {
        self.run(&Command::Compress)?;
        let Transport::Clear(io) = &self.io else {
            panic!("not in clear text");
        };
        let io = io.try_clone().unwrap();
        let machine = self.machine.as_mut().unwrap();
        let waiting = machine.handle_compressed(&mut self.input).unwrap();
        self.io = Transport::Deflated {
            io,
            deflate: Compress::new(Compression::default(), false),
            inflate: Decompress::new(false),
            waiting: BytesMut::from(&waiting[..]),
        };
        Ok(())
    }

    /// Sends the queued bytes.
    #[track_caller]
    pub(crate) fn transmit(&mut self) {
        let machine = self.machine.as_mut().unwrap();
        while let Some(transmit) = machine.poll_transmit() {
            log("C: ", &transmit.bytes[..transmit.bytes.len().min(400)]);
            self.io.write_all(&transmit.bytes).unwrap();
        }
    }
}

fn log_event(event: &Event) {
    match event {
        Event::Untagged(line) => log("S: ", line.octets()),
        Event::Done { status, code, text, .. } => {
            let code = code.as_ref().map(ResponseCode::name);
            log("S: ", format!("done {status:?} {code:?} {text}").as_bytes());
        }
        event => log("S: ", format!("{event:?}").as_bytes()),
    }
}

/// A test looks at all responses of a command after the last of them, so their lines are kept for
/// ever.
fn leaked(line: Line) -> Response<'static> {
    Box::leak(Box::new(line)).response()
}
