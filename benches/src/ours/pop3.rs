//! `pop3-proto`: its dot decoder and its client machine.

use std::{
    hint::black_box,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use bytes::BytesMut;
use pop3_proto::{
    Command, Config, MessageNumber, ProtocolError, Transport,
    body::{Decoded, DotDecoder},
    client::{Connection, Event},
    frame::LineEnd,
};

use crate::{
    answer::{Answer, Field},
    measure::Outcome,
    source::Source,
};

/// The defaults of the machine: the largest chunk, and the size below which a chunk is copied out
/// of the read buffer.
const CHUNK: usize = 64 << 10;
const COPY_BELOW: usize = 4 << 10;

/// RETRs in flight at a time.
const IN_FLIGHT: usize = 16;

const FIRST: MessageNumber = match MessageNumber::new(1) {
    Some(number) => number,
    None => panic!("1 is a message number"),
};

/// The decoder alone: reads of this size into a buffer, the payload cut out without a copy. Returns
/// the number of bodies.
#[must_use]
pub fn decode(octets: &[u8], read: usize) -> u64 {
    let mut source = Source::new(octets, read);
    let mut input = BytesMut::with_capacity(read + 512);
    let mut decoder = DotDecoder::new(LineEnd::CrLf);
    let mut bodies = 0;
    while source.read_buf(&mut input) > 0 {
        loop {
            match &decoder.decode(&mut input, CHUNK, COPY_BELOW) {
                Decoded::Chunk(chunk) => {
                    black_box(chunk);
                }
                Decoded::End => {
                    bodies += 1;
                    decoder = DotDecoder::new(LineEnd::CrLf);
                }
                Decoded::More => break,
            }
        }
    }
    bodies
}

/// The decoder alone, on one buffer, payload borrowed. Returns the number of bodies.
#[must_use]
pub fn decode_slices(octets: &[u8]) -> u64 {
    let mut rest = octets;
    let mut bodies = 0;
    while !rest.is_empty() {
        let progress = DotDecoder::new(LineEnd::CrLf).decode_slices(rest, |payload| {
            black_box(payload);
        });
        if !progress.ended {
            break;
        }
        bodies += 1;
        rest = rest.get(progress.consumed..).unwrap_or_default();
    }
    bodies
}

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Ask {
    /// RETR, again and again.
    Retr,
    /// LIST
    List,
    /// UIDL
    Uidl,
}

impl Ask {
    const fn command(self) -> Command<'static> {
        match self {
            Self::Retr => Command::Retr(FIRST),
            Self::List => Command::List(None),
            Self::Uidl => Command::Uidl(None),
        }
    }
}

/// A machine that has logged in, and its input.
#[derive(Debug)]
pub struct Session {
    connection: Connection,
    input: BytesMut,
}

impl Session {
    /// Logs in to a server that answers `+OK` to everything.
    ///
    /// # Errors
    /// The machine refuses an answer.
    pub fn new(room: usize) -> Result<Self, String> {
        let mut session = Self {
            connection: Connection::new(Config::new(Transport::Tls)),
            input: BytesMut::with_capacity(room),
        };
        session.hear(b"+OK ready\r\n")?;
        for command in [Command::User("ann"), Command::Pass("secret")] {
            session.say(&command)?;
            session.hear(b"+OK\r\n")?;
        }
        session.say(&Command::Capa)?;
        session.hear(b"+OK\r\nPIPELINING\r\nUIDL\r\n.\r\n")?;
        Ok(session)
    }

    fn hear(&mut self, octets: &[u8]) -> Result<(), String> {
        self.input.extend_from_slice(octets);
        while let Some(event) = self.poll()? {
            black_box(&event);
        }
        Ok(())
    }

    fn say(&mut self, command: &Command<'_>) -> Result<(), String> {
        self.connection.send(command).map_err(|error| error.to_string())?;
        self.connection
            .poll_transmit()
            .map(|_| ())
            .ok_or_else(|| format!("{command:?} is not sent"))
    }

    fn poll(&mut self) -> Result<Option<Event>, String> {
        self.connection.poll_event(&mut self.input).map_err(|error| error.to_string())
    }
}

/// The client machine: sends commands, and polls all events of the answers. Returns the number of
/// bodies or items.
///
/// # Errors
/// The first error.
pub fn machine(octets: &[u8], read: usize, ask: Ask) -> Outcome {
    let mut items = 0;
    events(octets, read, ask, |event| {
        if matches!(
            event,
            Event::BodyEnd { .. } | Event::ScanListing { .. } | Event::UniqueId { .. }
        ) {
            items += 1;
        }
        black_box(event);
    })?;
    Ok(items)
}

fn events(
    octets: &[u8],
    read: usize,
    ask: Ask,
    mut take: impl FnMut(&Event),
) -> Result<(), String> {
    let mut session = Session::new(read + 512)?;
    let mut source = Source::new(octets, read);
    // More commands than answers fit into one read, so that no byte is unsolicited.
    for _ in 0..if ask == Ask::Retr { IN_FLIGHT } else { 1 } {
        session.say(&ask.command())?;
    }
    while source.read_buf(&mut session.input) > 0 {
        loop {
            // In place: moving it costs more than most events.
            let polled = session.connection.poll_event(&mut session.input);
            let event = match &polled {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(error) => return Err(error.to_string()),
            };
            take(event);
            match event {
                Event::Done { .. } if ask == Ask::Retr => session.say(&ask.command())?,
                Event::Unrecognized { .. } => return Err(format!("{event:?}")),
                _ => {}
            }
        }
    }
    if session.input.is_empty() {
        Ok(())
    } else {
        Err(format!("{} octets left over", session.input.len()))
    }
}

/// The values that the machine understands of a load.
///
/// # Errors
/// The first error.
pub fn understood(octets: &[u8], read: usize, ask: Ask) -> Result<Answer, String> {
    let mut answer = Answer::default();
    events(octets, read, ask, |event| match event {
        Event::Body { chunk, .. } => answer.part(Field::Body, chunk),
        Event::BodyEnd { octets, .. } => {
            answer.octets(Field::Body, b"");
            answer.number(Field::Body, *octets);
        }
        Event::ScanListing { number, octets, .. } => {
            answer.number(Field::Listing, number.get().into());
            answer.number(Field::Listing, octets.unwrap_or(u64::MAX));
        }
        Event::UniqueId { number, unique_id, .. } => {
            answer.number(Field::Listing, number.get().into());
            answer
                .nullable(Field::Listing, unique_id.as_ref().map(|unique_id| unique_id.as_bytes()));
        }
        _ => {}
    })?;
    Ok(answer)
}

/// A client over a socket: the loop of the crate's documentation, with large reads.
#[derive(Debug)]
pub struct Client {
    session: Session,
    stream: TcpStream,
    read: usize,
}

impl Client {
    /// Connects and logs in. The server is on loopback, so TLS is left out, and the machine is
    /// configured for that.
    ///
    /// # Errors
    /// The errors of the socket.
    pub fn connect(address: SocketAddr, read: usize) -> io::Result<Self> {
        let connection = Connection::new(Config::new(Transport::Tls));
        let session = Session { connection, input: BytesMut::with_capacity(read + 512) };
        let mut client = Self { session, stream: TcpStream::connect(address)?, read };
        client.until(|event| matches!(event, Event::Greeting { .. }))?;
        for command in [Command::User("ann"), Command::Pass("secret")] {
            client.ask(&command, |_| {})?;
        }
        Ok(client)
    }

    /// One RETR. `chunk` gets the bytes as they come. Returns their number.
    ///
    /// # Errors
    /// The errors of the socket.
    pub fn retr(&mut self, mut chunk: impl FnMut(&[u8])) -> io::Result<u64> {
        let mut size = 0;
        self.ask(&Command::Retr(FIRST), |event| match event {
            Event::Body { chunk: octets, .. } => chunk(octets),
            Event::BodyEnd { octets, .. } => size = *octets,
            _ => {}
        })?;
        Ok(size)
    }

    fn ask(&mut self, command: &Command<'_>, mut take: impl FnMut(&Event)) -> io::Result<()> {
        self.session.connection.send(command).map_err(io::Error::other)?;
        while let Some(transmit) = self.session.connection.poll_transmit() {
            self.stream.write_all(&transmit.bytes)?;
        }
        self.until(|event| {
            take(event);
            matches!(event, Event::Done { .. })
        })
    }

    fn until(&mut self, mut last: impl FnMut(&Event) -> bool) -> io::Result<()> {
        loop {
            let input = &mut self.session.input;
            while let Some(event) = self
                .session
                .connection
                .poll_event(input)
                .map_err(|error: ProtocolError| io::Error::other(error))?
            {
                if last(&event) {
                    return Ok(());
                }
            }
            let (filled, read) = (input.len(), self.read);
            input.resize(filled + read, 0);
            let octets = self.stream.read(input.get_mut(filled..).unwrap_or_default())?;
            input.truncate(filled + octets);
            if octets == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
