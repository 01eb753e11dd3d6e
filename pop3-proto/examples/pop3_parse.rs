//! Feeds recorded bytes of a server through the client machine and prints the events.
//!
//! ```text
//! pop3_parse [--chunk N] --command CMD FILE...
//! ```
//! `CMD` is the command that the bytes answer: `greeting`, a keyword (`CAPA`, `UIDL`, `RETR`...),
//! `LIST-ONE` and `UIDL-ONE` for the one-line forms, and `x3` after it for three answers in a row.
//! With any other word (`-`, `*`, `ANY`) the form of each answer is guessed from the bytes after
//! its status line. `--chunk` is the number of bytes read at a time (default: all).
//!
//! One line for each event, the chunks of a body as one; the last line is `responses=N events=N
//! unrecognized=N fatal=0|1`. Exit status 1 if any file was fatal, 2 for wrong usage. Listings are
//! judged strictly: a line that does not parse is fatal.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    Command, Config, MessageNumber, ProtocolError, ReplyShape, Transport,
    client::{Connection, Event},
};

#[derive(Default)]
pub(crate) struct Totals {
    pub(crate) responses: u64,
    pub(crate) events: u64,
    pub(crate) unrecognized: u64,
    pub(crate) fatal: bool,
}

fn main() -> ExitCode {
    let Some((command, chunk, files)) = arguments() else {
        eprintln!("usage: pop3_parse [--chunk N] --command CMD FILE...");
        return ExitCode::from(2);
    };
    match run(&command, chunk, &files) {
        Ok(fatal) => ExitCode::from(u8::from(fatal)),
        // The reader, for example `head`, has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Prints the events of all files. Returns whether one of them was fatal.
fn run(command: &str, chunk: usize, files: &[String]) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    let mut totals = Totals::default();
    for file in files {
        let octets =
            std::fs::read(file).map_err(|error| io::Error::other(format!("{file}: {error}")))?;
        writeln!(out, "file {file}")?;
        write!(out, "{}", parse(command, chunk, &octets, &mut totals))?;
    }
    writeln!(out, "{}", totals.line())?;
    Ok(totals.fatal)
}

impl Totals {
    pub(crate) fn line(&self) -> String {
        let Self { responses, events, unrecognized, fatal } = self;
        format!(
            "responses={responses} events={events} unrecognized={unrecognized} fatal={}",
            u8::from(*fatal)
        )
    }
}

/// Feeds one file, and returns a line for each event.
pub(crate) fn parse(command: &str, chunk: usize, octets: &[u8], totals: &mut Totals) -> String {
    let mut lines = String::new();
    if let Err(error) = answer(command, octets, chunk, totals, &mut lines) {
        lines.push_str(&format!("fatal {error}\n"));
        totals.fatal = true;
    }
    lines
}

fn arguments() -> Option<(String, usize, Vec<String>)> {
    let (mut command, mut chunk, mut files) = (None, usize::MAX, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--command" => command = Some(arguments.next()?),
            "--chunk" => chunk = arguments.next()?.parse().ok().filter(|chunk| *chunk > 0)?,
            option if option.starts_with("--") => return None,
            _ => files.push(argument),
        }
    }
    Some((command?, chunk, files)).filter(|(_, _, files)| !files.is_empty())
}

/// Feeds one file, and adds a line for each event.
///
/// # Errors
/// The first one that the machine meets.
pub(crate) fn answer(
    context: &str,
    octets: &[u8],
    chunk: usize,
    totals: &mut Totals,
    lines: &mut String,
) -> Result<(), ProtocolError> {
    let keyword = context.split(' ').next().unwrap_or_default().to_ascii_uppercase();
    let times =
        context.split(' ').find_map(|word| word.strip_prefix('x')?.parse().ok()).unwrap_or(1);
    let mut config = Config::new(if keyword == "STLS" { Transport::Clear } else { Transport::Tls });
    config.quirks.strict_listings = true;
    config.quirks.oauth_in_one_line = true;
    let mut reader = Reader {
        machine: Connection::new(config),
        input: BytesMut::new(),
        body: None,
        challenged: false,
        totals,
        lines,
    };
    if keyword == "GREETING" {
        reader.feed(octets, chunk)?;
        return reader.end();
    }
    reader.prepare(&keyword)?;
    if let Some(command) = known(&keyword, context, octets) {
        for _ in 0..times {
            reader.send(&command);
        }
        reader.feed(octets, chunk)?;
        return reader.end();
    }
    let mut rest = octets;
    while !rest.is_empty() {
        let (command, length) = guessed(rest);
        reader.send(&command);
        let (octets, next) = rest.split_at(length);
        reader.feed(octets, chunk)?;
        reader.end()?;
        rest = next;
    }
    Ok(())
}

/// The command that the bytes answer, `None` if its form has to be guessed.
fn known<'a>(keyword: &str, context: &'a str, octets: &[u8]) -> Option<Command<'a>> {
    let number = MessageNumber::new(1)?;
    let one_line =
        octets.iter().position(|octet| *octet == b'\n').is_some_and(|at| at + 1 == octets.len());
    Some(match keyword {
        "CAPA" => Command::Capa,
        "STLS" => Command::Stls,
        "USER" => Command::User("user"),
        "PASS" | "APOP" => Command::Pass("password"),
        // Without an argument it lists the mechanisms.
        "AUTH" if octets.starts_with(b"+OK") && !one_line => return None,
        "AUTH" => Command::Auth {
            mechanism: context.split(' ').nth(1).unwrap_or("X-ANY"),
            // Sent already, so that the answer may be the last one.
            initial_response: Some(b""),
        },
        "STAT" => Command::Stat,
        "LIST" => Command::List(None),
        "LIST-ONE" => Command::List(Some(asked(octets))),
        "UIDL" => Command::Uidl(None),
        "UIDL-ONE" => Command::Uidl(Some(asked(octets))),
        "RETR" => Command::Retr(number),
        "TOP" => Command::Top { number, lines: 0 },
        "DELE" => Command::Dele(number),
        "NOOP" => Command::Noop,
        "RSET" => Command::Rset,
        "QUIT" => Command::Quit,
        "UTF8" => Command::Utf8,
        "LANG" if one_line => Command::Lang(Some("*")),
        "LANG" => Command::Lang(None),
        _ => return None,
    })
}

/// The recording does not say which message was asked for, so it is the one in the answer.
fn asked(octets: &[u8]) -> MessageNumber {
    let text = String::from_utf8_lossy(octets);
    let named = text.split_whitespace().nth(1).and_then(|word| word.parse().ok());
    named.or_else(|| MessageNumber::new(1)).unwrap_or_else(|| unreachable!("one is not zero"))
}

/// A command with an answer of this form, and the length of that answer.
fn guessed(octets: &[u8]) -> (Command<'static>, usize) {
    let line_end = |from: usize| {
        octets
            .iter()
            .skip(from)
            .position(|octet| *octet == b'\n')
            .map_or(octets.len(), |at| from + at + 1)
    };
    let starts =
        |at: usize, prefix: &[u8]| octets.get(at..).is_some_and(|rest| rest.starts_with(prefix));
    let first = line_end(0);
    if starts(0, b"+ ") || starts(0, b"+\r\n") {
        let mut end = first;
        while starts(end, b"+") && !starts(end, b"+OK") {
            end = line_end(end);
        }
        return (Command::Auth { mechanism: "X-ANY", initial_response: None }, line_end(end));
    }
    if starts(0, b"-") || first == octets.len() || starts(first, b"+") || starts(first, b"-") {
        return (Command::Raw { line: "X-ANY", reply: ReplyShape::Single }, first);
    }
    let mut end = first;
    while end < octets.len() {
        let mark = starts(end, b".\r\n") || starts(end, b".\n");
        end = line_end(end);
        if mark {
            break;
        }
    }
    (Command::Raw { line: "X-ANY", reply: ReplyShape::Lines }, end)
}

struct Reader<'a> {
    machine: Connection,
    input: BytesMut,
    /// Length and FNV-1a hash of the body so far.
    body: Option<(u64, u64)>,
    challenged: bool,
    totals: &'a mut Totals,
    lines: &'a mut String,
}

impl Reader<'_> {
    /// Brings the machine to the state in which the command is allowed, with pipelining so that
    /// several can be sent.
    fn prepare(&mut self, keyword: &str) -> Result<(), ProtocolError> {
        let mut steps = vec![(None, "+OK\r\n")];
        match keyword {
            "PASS" | "APOP" => steps.push((Some(Command::User("user")), "+OK\r\n")),
            "AUTH" => steps.push((Some(Command::Capa), "+OK\r\nSASL X-ANY\r\n.\r\n")),
            "STAT" | "LIST" | "LIST-ONE" | "UIDL" | "UIDL-ONE" | "RETR" | "TOP" | "DELE"
            | "NOOP" | "RSET" | "QUIT" => steps.extend([
                (Some(Command::User("user")), "+OK\r\n"),
                (Some(Command::Pass("password")), "+OK\r\n"),
                (Some(Command::Capa), "+OK\r\nPIPELINING\r\n.\r\n"),
            ]),
            _ => {}
        }
        for (command, answer) in steps {
            if let Some(command) = command {
                self.send(&command);
            }
            self.input.extend_from_slice(answer.as_bytes());
            while self.machine.poll_event(&mut self.input)?.is_some() {}
        }
        Ok(())
    }

    fn send(&mut self, command: &Command<'_>) {
        if let Err(error) = self.machine.send(command) {
            eprintln!("{command:?}: {error}");
        }
        while self.machine.poll_transmit().is_some() {}
    }

    fn feed(&mut self, octets: &[u8], chunk: usize) -> Result<(), ProtocolError> {
        for piece in octets.chunks(chunk.min(octets.len().max(1))) {
            self.input.extend_from_slice(piece);
            while let Some(event) = self.machine.poll_event(&mut self.input)? {
                self.show(&event);
            }
        }
        Ok(())
    }

    fn show(&mut self, event: &Event) {
        if let Event::Body { chunk, .. } = event {
            let (octets, hash) = self.body.get_or_insert((0, 0xcbf2_9ce4_8422_2325));
            *octets += chunk.len() as u64;
            for octet in chunk {
                *hash = (*hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
            }
            return;
        }
        if let Some((octets, hash)) = self.body.take() {
            self.totals.events += 1;
            self.lines.push_str(&format!("Body {{ octets: {octets}, hash: {hash:016x} }}\n"));
        }
        self.totals.events += 1;
        self.lines.push_str(&format!("{event:?}\n"));
        self.challenged = false;
        match event {
            Event::Greeting { .. } | Event::Done { .. } | Event::StartTls { .. } => {
                self.totals.responses += 1
            }
            Event::Unrecognized { .. } => self.totals.unrecognized += 1,
            Event::OAuthFailure { .. } => self.challenged = true,
            Event::Challenge { id, .. } => {
                self.challenged = true;
                // The recording does not depend on the answer.
                if self.machine.answer(*id, Bytes::new()).is_ok() {
                    while self.machine.poll_transmit().is_some() {}
                }
            }
            _ => {}
        }
    }

    /// All bytes are read. An answer without its end is an error; a challenge has none.
    fn end(&mut self) -> Result<(), ProtocolError> {
        let complete = self.machine.in_flight() == 0 && self.totals.responses > 0;
        if self.input.is_empty() && (complete || self.challenged) {
            return Ok(());
        }
        self.machine.handle_eof(&self.input)
    }
}
