//! [`Suite`]: the transcripts of a machine without I/O, replayed whole and cut in every way.

use std::{collections::VecDeque, error::Error, fs, marker::PhantomData, mem, path::PathBuf};

use bytes::{Bytes, BytesMut};

use super::{Schedule, Step, Transcript};
use crate::text::{unescape, unquote};

/// A client machine, and what its transcripts need to know of its protocol.
///
/// Every machine has the calls `send COMMAND`, `answer "text"`, `cancel` and `discard COMMAND`; the
/// connection can be `! tls` (the handshake succeeded) and `! eof`.
pub trait Machine: Sized {
    /// What `@` lines change.
    type Config;
    /// The peer's fault, which sticks.
    type Error: Error + Clone + PartialEq;
    /// A call that was refused; nothing happened.
    type Refusal: Error;

    /// The configuration before the first `@` line.
    fn config() -> Self::Config;

    /// Applies an `@` line. False for a feature that this build lacks: the transcript is left out.
    fn configure(config: &mut Self::Config, setting: &str) -> bool;

    /// A machine that was not polled yet.
    fn new(config: &Self::Config) -> Self;

    /// Whether the command that began with the line `first` goes on after the line `last`.
    fn goes_on(first: &str, last: &str) -> bool {
        let _ = (first, last);
        false
    }

    /// The next event as text. Chunks of a body are `body "text"`.
    ///
    /// # Errors
    /// Those of the machine.
    fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<String>, Self::Error>;

    /// The next bytes for the server.
    fn poll_transmit(&mut self) -> Option<Bytes>;

    /// The TLS handshake succeeded. After an error the machine is one that was not polled yet.
    ///
    /// # Errors
    /// Those of the machine.
    fn tls(&mut self, config: &Self::Config, input: &BytesMut) -> Result<(), Self::Error>;

    /// The server ended the stream.
    ///
    /// # Errors
    /// Those of the machine.
    fn eof(&mut self, input: &BytesMut) -> Result<(), Self::Error>;

    /// Makes the client send this line; `more` are the lines after it that belong to the same
    /// command.
    ///
    /// # Errors
    /// Those of the machine.
    fn say(&mut self, line: &str, more: &[&str]) -> Result<(), Self::Refusal>;

    /// Sends a command.
    ///
    /// # Errors
    /// Those of the machine.
    fn send(&mut self, command: &str) -> Result<(), Self::Refusal>;

    /// Answers what the server asked last.
    ///
    /// # Errors
    /// Those of the machine.
    fn answer(&mut self, data: Bytes) -> Result<(), Self::Refusal>;

    /// Cancels what the server asked last.
    ///
    /// # Errors
    /// Those of the machine.
    fn cancel(&mut self) -> Result<(), Self::Refusal>;

    /// Wants no more of the body of a command.
    fn discard(&mut self, command: &str);

    /// A call that only this machine has; what it returns is learned.
    ///
    /// # Errors
    /// Those of the machine.
    fn call(
        &mut self,
        verb: &str,
        rest: &str,
        input: &mut BytesMut,
        learned: &mut VecDeque<String>,
    ) -> Result<(), Self::Refusal>;

    /// What a getter returns now.
    fn getter(&self, getter: &str) -> String;

    /// The bytes of a line, with the tags in place of `$1` and the like.
    fn wire(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }
}

/// The transcripts of a folder, for a machine.
///
/// With `WRITE_TRANSCRIPTS=1`, [`whole`](Self::whole) first writes the `=` lines and the values of
/// the `?` lines of all files anew. Read them before you commit.
#[derive(Debug)]
pub struct Suite<M> {
    files: Vec<(PathBuf, String, Transcript)>,
    machine: PhantomData<fn() -> M>,
}

impl<M: Machine> Suite<M> {
    /// Reads the folder.
    ///
    /// # Panics
    /// The folder cannot be read, or has another file.
    #[must_use]
    pub fn read(folder: &str) -> Self {
        Self { files: Transcript::folder(folder), machine: PhantomData }
    }

    /// Plays every transcript, all that the server says between two lines of the client at once.
    ///
    /// # Panics
    /// A transcript says something else than the machine, or there are fewer than so many.
    pub fn whole(&self, at_least: usize) {
        if std::env::var_os("WRITE_TRANSCRIPTS").is_some() {
            self.files.iter().for_each(Self::rewrite);
        }
        let played = self.play(&Schedule::Whole);
        assert!(played >= at_least, "{played} transcripts");
    }

    /// Plays every transcript byte by byte, and in pieces of two and seven bytes.
    ///
    /// # Panics
    /// A transcript says something else than the machine.
    pub fn in_pieces(&self) {
        for bytes in [1, 2, 7] {
            self.play(&Schedule::Every(bytes));
        }
    }

    /// Plays every transcript cut at random, 199 times.
    ///
    /// # Panics
    /// A transcript says something else than the machine.
    pub fn at_random(&self) {
        for seed in 1..200 {
            self.play(&Schedule::random(seed));
        }
    }

    /// Checks the first two lines of every file.
    ///
    /// # Panics
    /// A file does not name the server and the source.
    pub fn names_its_sources(&self) {
        for (path, _, transcript) in &self.files {
            assert!(transcript.names_its_source(), "{}", path.display());
        }
    }

    /// Plays every transcript that this build can play, and counts them.
    fn play(&self, schedule: &Schedule) -> usize {
        let replays = self.files.iter().filter_map(|(_, _, transcript)| {
            Some(Replay::<M>::new(transcript, schedule.clone(), None)?.run())
        });
        replays.count()
    }

    /// Writes a file anew, with the events and the values of the getters that it gives now.
    fn rewrite((path, text, transcript): &(PathBuf, String, Transcript)) {
        let replay = Replay::<M>::new(transcript, Schedule::Whole, Some(Vec::new()));
        let Some(written) = replay.map(Replay::run) else { return };
        let mut out = String::new();
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
            if !line.starts_with(['=', '?']) {
                out += &format!("{line}\n");
            }
            for (_, new) in written.iter().filter(|(after, _)| *after == number) {
                out += &format!("{}\n", new.trim_end());
            }
        }
        fs::write(path, out).unwrap();
    }
}

/// One replay of a transcript.
struct Replay<'t, M: Machine> {
    transcript: &'t Transcript,
    config: M::Config,
    /// The line that is played.
    line: usize,
    schedule: Schedule,
    machine: M,
    input: BytesMut,
    /// Bytes of the client that no `C:` line was compared with yet.
    sent: Vec<u8>,
    /// Events that no `=` line was compared with yet.
    learned: VecDeque<String>,
    error: Option<M::Error>,
    /// Instead of comparing: new lines, each with the number of the line that it follows.
    written: Option<Vec<(usize, String)>>,
}

impl<'t, M: Machine> Replay<'t, M> {
    /// `None` if this build lacks a feature that the transcript needs.
    fn new(
        transcript: &'t Transcript,
        schedule: Schedule,
        written: Option<Vec<(usize, String)>>,
    ) -> Option<Self> {
        let mut config = M::config();
        let mut settings = transcript.settings.iter();
        settings.all(|setting| M::configure(&mut config, setting)).then(|| Self {
            transcript,
            machine: M::new(&config),
            config,
            line: 0,
            schedule,
            input: BytesMut::new(),
            sent: Vec::new(),
            learned: VecDeque::new(),
            error: None,
            written,
        })
    }

    /// For the messages of asserts.
    fn place(&self) -> String {
        format!("{}:{} cut {:?}", self.transcript.name, self.line, self.schedule)
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
                Step::Client(line) => self.client(line, &self.continuation(at)),
                Step::Unsent(_) => {}
                Step::Wire(what) => self.happens(what),
                Step::Call(call) => self.call(call),
                Step::Event(_) if self.written.is_some() => {}
                Step::Event(expected) => {
                    let learned = self.learned.pop_front();
                    assert_eq!(learned.as_ref(), Some(expected), "{}", self.place());
                }
                Step::Getter(getter, value) => self.getter(getter, value),
            }
        }
        self.deliver(&from_server);
        self.write_events();
        assert_eq!(self.learned, [""; 0], "{}: events after the end", self.place());
        let sent = self.sent.escape_ascii().to_string();
        assert_eq!(sent, "", "{}: sent after the end", self.place());
        self.written.unwrap_or_default()
    }

    /// The lines after this `C:` line that belong to the same command.
    fn continuation(&self, at: usize) -> Vec<&'t str> {
        let mut lines = Vec::new();
        let Step::Client(first) = &self.transcript.steps[at].1 else { return lines };
        let mut last = first.as_str();
        for (_, step) in &self.transcript.steps[at + 1..] {
            match step {
                Step::Client(next) | Step::Unsent(next) if M::goes_on(first, last) => {
                    lines.push(next.as_str());
                    last = next;
                }
                Step::Client(_) => break,
                _ => {}
            }
        }
        lines
    }

    fn write_events(&mut self) {
        if let Some(written) = &mut self.written {
            let line = self.line;
            written.extend(self.learned.drain(..).map(|event| (line, format!("= {event}"))));
        }
    }

    fn deliver(&mut self, bytes: &[u8]) {
        let bytes = self.machine.wire(bytes);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(self.schedule.next(rest.len()));
            self.input.extend_from_slice(piece);
            rest = later;
            self.poll();
        }
    }

    /// Learns all events and takes all bytes that are ready.
    fn poll(&mut self) {
        loop {
            match self.machine.poll_event(&mut self.input) {
                Ok(Some(event)) => {
                    self.learn(event);
                    self.transmit();
                }
                Ok(None) => break,
                Err(error) => {
                    self.fail(error.clone());
                    assert_eq!(self.machine.poll_event(&mut BytesMut::new()), Err(error));
                    assert_eq!(self.machine.poll_transmit(), None);
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

    fn fail(&mut self, error: M::Error) {
        match &self.error {
            Some(first) => assert_eq!(*first, error, "{}: another error", self.place()),
            None => self.learned.push_back(named("error", &error)),
        }
        self.error = Some(error);
    }

    fn transmit(&mut self) {
        while let Some(bytes) = self.machine.poll_transmit() {
            self.sent.extend_from_slice(&bytes);
        }
    }

    /// `more`: the lines after this one, for a command of several lines.
    fn client(&mut self, line: &str, more: &[&str]) {
        self.transmit();
        if self.sent.is_empty() {
            let said = self.machine.say(line, more);
            said.unwrap_or_else(|error| panic!("{}: {error}", self.place()));
            self.poll();
        }
        let expected = self.machine.wire(&[&unescape(line), &b"\r\n"[..]].concat());
        let length = expected.len().min(self.sent.len());
        let sent: Vec<u8> = self.sent.drain(..length).collect();
        let show = |bytes: &[u8]| bytes.escape_ascii().to_string();
        assert_eq!(show(&sent), show(&expected), "{}", self.place());
    }

    fn call(&mut self, call: &str) {
        let (verb, rest) = call.split_once(' ').unwrap_or((call, ""));
        let result = match verb {
            "send" => self.machine.send(rest),
            "answer" => self.machine.answer(Bytes::from(unquote(rest))),
            "cancel" => self.machine.cancel(),
            "discard" => {
                self.machine.discard(rest);
                Ok(())
            }
            _ => self.machine.call(verb, rest, &mut self.input, &mut self.learned),
        };
        if let Err(error) = result {
            self.learned.push_back(named("send-error", &error));
        }
        self.poll();
    }

    fn getter(&mut self, getter: &str, value: &str) {
        let now = self.machine.getter(getter);
        match &mut self.written {
            Some(written) => written.push((self.line, format!("? {getter} {now}"))),
            None => assert_eq!(now, value, "{}", self.place()),
        }
    }

    fn happens(&mut self, what: &str) {
        match what {
            "tls" => match self.machine.tls(&self.config, &self.input) {
                Ok(()) => self.poll(),
                // Told again, though it is the error that came before.
                Err(error) => self.learned.push_back(named("error", &error)),
            },
            "eof" => match self.machine.eof(&self.input) {
                Ok(()) => {
                    self.learned.push_back("eof".to_owned());
                    self.poll();
                }
                Err(error) => {
                    self.learned.push_back(named("error", &error));
                    self.error = Some(error);
                }
            },
            _ => panic!("{}: not for a machine: {what}", self.place()),
        }
    }
}

/// An error as `kind Variant: text`.
fn named(kind: &str, error: &impl Error) -> String {
    let debug = format!("{error:?}");
    let variant = debug.split([' ', '(', '{']).next().unwrap();
    format!("{kind} {variant}: {error}")
}
