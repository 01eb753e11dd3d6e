//! Transcripts: recorded conversations, one file each in `tests/transcripts`.
//!
//! | line | meaning |
//! |---|---|
//! | `# server: text` | the first line: the server that behaves like this |
//! | `# source: text` | the second line: the section of the RFC, or the report |
//! | `# text` | a comment |
//! | `@ setting` | configuration, before all steps (see [`protocol::configure`]) |
//! | `S: text` | the server sends this line |
//! | `S~ text` | the same without a line end |
//! | `C: text` | the client sends this line; if none is queued, the test first makes it send this |
//! | `C! text` | a line of the command above that is never sent, because the server refused it |
//! | `> call` | a call that no line of the client shows |
//! | `= event` | what the client learns: all events and errors in order |
//! | `? getter value` | what a getter returns now |
//!
//! Lines of the wire hold the bytes themselves; `<0xFF>` is a byte that is not text. Values in
//! quotes are written as in Rust: `\r`, `\n`, `\t`, `\\`, `\xff`. The calls are `send COMMAND`,
//! `answer "text"`, `cancel`, `discard COMMAND`, `tls` (the handshake succeeded), `eof`, and those
//! of [`Session::call`].
//!
//! `WRITE_TRANSCRIPTS=1 cargo test every_transcript_whole` writes the `=` lines and the values of
//! the `?` lines of all files anew. Read them before you commit.
//!
//! This file is the same in `pop3-proto` and `imap-proto-lite`.

use std::{
    collections::VecDeque,
    fs, mem,
    path::{Path, PathBuf},
};

use bytes::{Bytes, BytesMut};

use super::{
    protocol::{self, Config, ProtocolError, Session},
    text::{unescape, unquote},
};

/// How the bytes of the server are cut into reads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    Whole,
    Every(usize),
    Random(u64),
}

impl Cut {
    fn next(&mut self, left: usize) -> usize {
        match self {
            Self::Whole => left,
            Self::Every(bytes) => (*bytes).min(left),
            Self::Random(seed) => {
                // xorshift: small pieces mostly, and a failure can be repeated.
                *seed ^= *seed << 13;
                *seed ^= *seed >> 7;
                *seed ^= *seed << 17;
                let most = if *seed & 3 == 0 { 40 } else { 4 };
                (1 + usize::try_from((*seed >> 8) % most).unwrap()).min(left)
            }
        }
    }
}

#[derive(Debug)]
enum Step {
    Server(Vec<u8>),
    Client(String),
    Unsent(String),
    Call(String),
    Event(String),
    Getter(String, String),
}

/// A transcript file.
pub(crate) struct Transcript {
    pub(crate) path: PathBuf,
    /// The comments before the first other line.
    pub(crate) header: String,
    config: Config,
    /// Each with the number of its line.
    steps: Vec<(usize, Step)>,
}

impl Transcript {
    /// All files, in the order of their names.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
        let entries = fs::read_dir(folder).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.into_iter().filter_map(Self::read).collect()
    }

    /// `None` if this build lacks a feature that the file needs.
    fn read(path: PathBuf) -> Option<Self> {
        let text = fs::read_to_string(&path).unwrap();
        let mut config = protocol::config();
        let mut line_end = "\r\n";
        let mut steps = Vec::new();
        let header = text.lines().take_while(|line| line.starts_with('#'));
        let header = header.collect::<Vec<_>>().join("\n");
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
            let (mark, rest) = line.split_at_checked(2).unwrap_or((line, ""));
            let rest = rest.strip_prefix(' ').unwrap_or(rest).to_owned();
            let step = match mark {
                "" | "#" | "# " => continue,
                "@ " if rest == "lf" => {
                    line_end = "\n";
                    continue;
                }
                "@ " if protocol::configure(&mut config, &rest) => continue,
                "@ " => return None,
                "S:" => Step::Server([unescape(&rest), line_end.into()].concat()),
                "S~" => Step::Server(unescape(&rest)),
                "C:" => Step::Client(rest),
                "C!" => Step::Unsent(rest),
                "> " => Step::Call(rest),
                "= " | "=" => Step::Event(rest),
                "? " => {
                    let (getter, value) = rest.split_once(' ').unwrap_or((&rest, ""));
                    Step::Getter(getter.to_owned(), value.to_owned())
                }
                _ => panic!("{}:{number}: {line}", path.display()),
            };
            steps.push((number, step));
        }
        Some(Self { path, header, config, steps })
    }

    /// Plays the transcript and panics where it says something else than the machine.
    pub(crate) fn play(&self, cut: Cut) {
        Replay::new(self, cut, None).run();
    }

    /// Writes the file anew, with the events and the values of the getters that it gives now.
    pub(crate) fn rewrite(&self) {
        let text = fs::read_to_string(&self.path).unwrap();
        let written = Replay::new(self, Cut::Whole, Some(Vec::new())).run();
        let mut out = String::new();
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
            if !line.starts_with(['=', '?']) {
                out += &format!("{line}\n");
            }
            for (_, new) in written.iter().filter(|(after, _)| *after == number) {
                out += &format!("{}\n", new.trim_end());
            }
        }
        fs::write(&self.path, out).unwrap();
    }

    /// The lines after this `C:` line that belong to the same command.
    fn continuation(&self, at: usize) -> Vec<&str> {
        let mut lines = Vec::new();
        let Step::Client(first) = &self.steps[at].1 else { return lines };
        let mut last = first.as_str();
        for (_, step) in &self.steps[at + 1..] {
            match step {
                Step::Client(next) | Step::Unsent(next) if protocol::goes_on(first, last) => {
                    lines.push(next.as_str());
                    last = next;
                }
                Step::Client(_) => break,
                _ => {}
            }
        }
        lines
    }
}

/// One replay of a transcript.
struct Replay<'t> {
    transcript: &'t Transcript,
    /// The line that is played.
    line: usize,
    cut: Cut,
    session: Session,
    input: BytesMut,
    /// Bytes of the client that no `C:` line was compared with yet.
    sent: Vec<u8>,
    /// Events that no `=` line was compared with yet.
    learned: VecDeque<String>,
    error: Option<ProtocolError>,
    /// Instead of comparing: new lines, each with the number of the line that it follows.
    written: Option<Vec<(usize, String)>>,
}

impl<'t> Replay<'t> {
    fn new(transcript: &'t Transcript, cut: Cut, written: Option<Vec<(usize, String)>>) -> Self {
        Self {
            transcript,
            line: 0,
            cut,
            session: Session::new(protocol::connection(&transcript.config)),
            input: BytesMut::new(),
            sent: Vec::new(),
            learned: VecDeque::new(),
            error: None,
            written,
        }
    }

    /// For the messages of asserts.
    fn place(&self) -> String {
        let name = self.transcript.path.file_name().unwrap().to_string_lossy();
        format!("{name}:{} cut {:?}", self.line, self.cut)
    }

    fn run(mut self) -> Vec<(usize, String)> {
        // Consecutive lines of the server are cut as one.
        let mut from_server = Vec::new();
        for (at, (number, step)) in self.transcript.steps.iter().enumerate() {
            if !matches!(step, Step::Server(_)) {
                self.deliver(&mem::take(&mut from_server));
                self.write_events();
            }
            if !matches!(step, Step::Server(_) | Step::Event(_)) {
                assert_eq!(self.learned.pop_front(), None, "{}: no such event", self.place());
            }
            if self.written.is_none() || !matches!(step, Step::Event(_)) {
                self.line = *number;
            }
            match step {
                Step::Server(bytes) => from_server.extend_from_slice(bytes),
                Step::Client(line) => self.client(line, &self.transcript.continuation(at)),
                Step::Unsent(_) => {}
                Step::Call(call) => self.call(call),
                Step::Event(_) if self.written.is_some() => {}
                Step::Event(expected) => {
                    assert_eq!(
                        self.learned.pop_front().as_ref(),
                        Some(expected),
                        "{}",
                        self.place()
                    );
                }
                Step::Getter(getter, value) => {
                    let now = self.session.getter(getter);
                    match &mut self.written {
                        Some(written) => written.push((self.line, format!("? {getter} {now}"))),
                        None => assert_eq!(&now, value, "{}", self.place()),
                    }
                }
            }
        }
        self.deliver(&from_server);
        self.write_events();
        assert_eq!(self.learned, [""; 0], "{}: events after the end", self.place());
        let sent = self.sent.escape_ascii().to_string();
        assert_eq!(sent, "", "{}: sent after the end", self.place());
        self.written.unwrap_or_default()
    }

    fn write_events(&mut self) {
        if let Some(written) = &mut self.written {
            let line = self.line;
            written.extend(self.learned.drain(..).map(|event| (line, format!("= {event}"))));
        }
    }

    fn deliver(&mut self, bytes: &[u8]) {
        let bytes = self.session.wire(bytes);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(self.cut.next(rest.len()));
            self.input.extend_from_slice(piece);
            rest = later;
            self.poll();
        }
    }

    /// Learns all events and takes all bytes that are ready.
    fn poll(&mut self) {
        loop {
            match self.session.machine.poll_event(&mut self.input) {
                Ok(Some(event)) => {
                    self.session.learn(&event);
                    self.learn(self.session.show(&event));
                    self.transmit();
                }
                Ok(None) => break,
                Err(error) => {
                    self.fail(error.clone());
                    let machine = &mut self.session.machine;
                    assert_eq!(machine.poll_event(&mut BytesMut::new()), Err(error));
                    assert_eq!(machine.poll_transmit(), None);
                    break;
                }
            }
        }
        self.transmit();
    }

    /// Chunks of one body are one event.
    fn learn(&mut self, event: String) {
        match (self.learned.back_mut(), event.strip_prefix("body \"")) {
            (Some(last), Some(more)) if last.starts_with("body \"") => {
                last.pop();
                last.push_str(more);
            }
            _ => self.learned.push_back(event),
        }
    }

    fn fail(&mut self, error: ProtocolError) {
        match &self.error {
            Some(first) => assert_eq!(*first, error, "{}: another error", self.place()),
            None => self.learned.push_back(named("error", &error)),
        }
        self.error = Some(error);
    }

    fn transmit(&mut self) {
        while let Some(transmit) = self.session.machine.poll_transmit() {
            self.sent.extend_from_slice(&transmit.bytes);
        }
    }

    /// `more`: the lines after this one, for a command of several lines.
    fn client(&mut self, line: &str, more: &[&str]) {
        self.transmit();
        if self.sent.is_empty() {
            let said = self.session.say(line, more);
            said.unwrap_or_else(|error| panic!("{}: {error}", self.place()));
            self.poll();
        }
        let expected = self.session.wire(&[&unescape(line), &b"\r\n"[..]].concat());
        let length = expected.len().min(self.sent.len());
        let sent: Vec<u8> = self.sent.drain(..length).collect();
        let show = |bytes: &[u8]| bytes.escape_ascii().to_string();
        assert_eq!(show(&sent), show(&expected), "{}", self.place());
    }

    fn call(&mut self, call: &str) {
        let (verb, rest) = call.split_once(' ').unwrap_or((call, ""));
        let result = match verb {
            "send" => self.session.send(rest),
            "answer" => self.session.answer(Bytes::from(unquote(rest))),
            "cancel" => self.session.cancel(),
            "discard" => {
                let id = self.session.id(rest);
                self.session.machine.discard(id);
                Ok(())
            }
            "tls" => {
                self.tls();
                return;
            }
            "eof" => {
                self.eof();
                return;
            }
            _ => self.session.call(verb, rest, &mut self.input, &mut self.learned),
        };
        if let Err(error) = result {
            self.learned.push_back(named("send-error", &error));
        }
        self.poll();
    }

    fn tls(&mut self) {
        let spare = protocol::connection(&self.transcript.config);
        let machine = mem::replace(&mut self.session.machine, spare);
        match machine.handle_tls_established(&self.input) {
            Ok(machine) => {
                self.session.machine = machine;
                self.poll();
            }
            // Told again, though it is the error that came before.
            Err(error) => self.learned.push_back(named("error", &error)),
        }
    }

    fn eof(&mut self) {
        match self.session.machine.handle_eof(&self.input) {
            Ok(()) => {
                self.learned.push_back("eof".to_owned());
                self.poll();
            }
            Err(error) => {
                self.learned.push_back(named("error", &error));
                self.error = Some(error);
            }
        }
    }
}

/// An error as `kind Variant: text`.
fn named<E: std::error::Error>(kind: &str, error: &E) -> String {
    let debug = format!("{error:?}");
    let variant = debug.split([' ', '(', '{']).next().unwrap();
    format!("{kind} {variant}: {error}")
}
