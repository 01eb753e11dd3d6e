//! Recorded conversations, each a file in `tests/transcripts`, replayed against the client machine: whole, octet by octet, and cut at
//! random.
//!
//! | line | is |
//! |---|---|
//! | `#` | comment; the first ones name the server and the source |
//! | `@ clear`, `@ consent`, `@ hide NAME`, `@ quirk NAME`, `@ limit NAME N` | configuration, before everything else |
//! | `S: text` | a line of the server, CRLF added; `<0xFF>` is that octet, `$1` the tag of the first command |
//! | `S~ text` | the same without CRLF |
//! | `S: <eof>` | the server closes |
//! | `C: text` | what the client sends: a new command is parsed from it and sent, and the octets have to be these |
//! | `C! text` | a line of the command above that is never sent, because the server refused the literal |
//! | `= text` | an event; all of them, in order |
//! | `? state NAME`, `? capabilities text`, `? enabled text` | what the getters say now |
//! | `@ tls` | the TLS handshake succeeded |
//! | `@ compressed` | the caller goes on behind COMPRESS; the octets that were not read yet are an event |
//!
//! `WRITE_TRANSCRIPTS=1` writes the `=` lines of all files anew, where there are any already (`=` alone is enough) and before each line
//! that is no line of the server; read them before they are committed.

use std::{
    collections::VecDeque,
    env, fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    ClearTextCredentials, CommandId, Config, Transport,
    client::{Connection, Event},
    parse,
};

use crate::support::{
    client::{feed, transmitted},
    random::Random,
    show::show_all,
};

#[derive(Debug)]
enum Step {
    Server(Vec<u8>),
    Eof,
    Client(String),
    Unsent(String),
    Event(String),
    Getter(String, String),
    Tls,
    Compressed,
}

struct Transcript {
    config: Config,
    steps: Vec<(usize, Step)>,
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("<0x") {
        out.extend_from_slice(&rest.as_bytes()[..start]);
        out.push(u8::from_str_radix(&rest[start + 3..start + 5], 16).unwrap());
        rest = &rest[start + 6..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

fn read(path: &Path) -> Transcript {
    let text = fs::read_to_string(path).unwrap();
    let mut config = Config::new(Transport::Tls);
    config.tag_seed = 0x7a65;
    let mut steps = Vec::new();
    assert!(text.starts_with("# server: "), "{}: the first line names the server", path.display());
    assert!(
        text.lines().nth(1).is_some_and(|line| line.starts_with("# source: ")),
        "{}: the second line names the source",
        path.display()
    );
    for (number, line) in text.lines().enumerate().map(|(number, line)| (number + 1, line)) {
        let step = match line.split_at_checked(2).unwrap_or((line, "")) {
            ("", _) | ("# ", _) | ("#", _) => continue,
            ("@ ", "tls") => Step::Tls,
            ("@ ", "compressed") => Step::Compressed,
            ("@ ", setting) => {
                configure(&mut config, setting);
                continue;
            }
            ("S:", " <eof>") => Step::Eof,
            ("S:", rest) => {
                let mut octets = unescape(rest.strip_prefix(' ').unwrap_or(rest));
                octets.extend_from_slice(b"\r\n");
                Step::Server(octets)
            }
            ("S~", rest) => Step::Server(unescape(&rest[1..])),
            ("C:", rest) => Step::Client(rest.strip_prefix(' ').unwrap_or(rest).to_owned()),
            ("C!", rest) => Step::Unsent(rest.strip_prefix(' ').unwrap_or(rest).to_owned()),
            ("= " | "=", rest) => Step::Event(rest.to_owned()),
            ("? ", rest) => {
                let (getter, value) = rest.split_once(' ').unwrap_or((rest, ""));
                Step::Getter(getter.into(), value.into())
            }
            _ => panic!("{}:{number}: {line}", path.display()),
        };
        steps.push((number, step));
    }
    Transcript { config, steps }
}

fn configure(config: &mut Config, setting: &str) {
    let words: Vec<&str> = setting.split(' ').collect();
    match words[..] {
        ["clear"] => config.transport = Transport::Clear,
        ["consent"] => config.clear_text_credentials = ClearTextCredentials::SendThemInClearText,
        ["hide", name] => config.hidden_capabilities.push(name.into()),
        ["quirk", "bare_lf"] => config.quirks.bare_lf = true,
        ["quirk", "no_initial_response"] => config.quirks.no_initial_response = true,
        ["quirk", "enabled_without_line"] => config.quirks.enabled_without_line = true,
        ["quirk", "unannounced"] => config.quirks.unannounced = true,
        ["quirk", "synchronising_literals"] => config.quirks.synchronising_literals = true,
        ["limit", "literal", number] => config.limits.literal = number.parse().unwrap(),
        ["limit", "sasl_rounds", number] => config.limits.sasl_rounds = number.parse().unwrap(),
        ["limit", "stray_continuations", number] => {
            config.limits.stray_continuations = number.parse().unwrap()
        }
        _ => panic!("unknown setting {setting}"),
    }
}

/// One replay.
struct Replay<'t> {
    name: String,
    connection: Connection,
    input: BytesMut,
    /// Octets sent and not yet compared.
    sent: Vec<u8>,
    tags: Vec<String>,
    ids: Vec<CommandId>,
    waiting: Option<(CommandId, Waiting)>,
    events: VecDeque<String>,
    cut: &'t mut dyn FnMut() -> usize,
}

#[derive(Clone, Copy)]
enum Waiting {
    Sasl,
    Message,
    Idle,
}

impl Replay<'_> {
    fn with_tags(&self, octets: &[u8]) -> Vec<u8> {
        let mut out = octets.to_vec();
        for (place, tag) in self.tags.iter().enumerate().rev() {
            let name = format!("${}", place + 1).into_bytes();
            let mut from = 0;
            while let Some(at) = out[from..].windows(name.len()).position(|window| window == name) {
                let at = from + at;
                out.splice(at..at + name.len(), tag.bytes());
                from = at + tag.len();
            }
        }
        out
    }

    fn deliver(&mut self, octets: &[u8]) {
        let octets = self.with_tags(octets);
        let (events, error) = feed(&mut self.connection, &mut self.input, &octets, &mut *self.cut);
        for event in &events {
            match event {
                Event::Challenge { id, .. } => self.waiting = Some((*id, Waiting::Sasl)),
                Event::ReadyForData { id } => self.waiting = Some((*id, Waiting::Message)),
                Event::Idling { id } => self.waiting = Some((*id, Waiting::Idle)),
                Event::Done { id, .. } => {
                    self.waiting = self.waiting.filter(|(waiting, _)| waiting != id)
                }
                _ => {}
            }
        }
        let ids = &self.ids;
        let name = |id| format!("${}", ids.iter().position(|one| *one == id).unwrap() + 1);
        let mut shown = show_all(&events, name);
        // A body that came in two deliveries.
        if let (Some(last), Some(first)) = (self.events.back_mut(), shown.first())
            && last.starts_with("octets ")
            && first.starts_with("octets ")
        {
            last.push_str(&shown.remove(0)["octets ".len()..]);
        }
        self.events.extend(shown);
        if let Some(error) = error {
            let text = format!("{error:?}");
            self.events.push_back(format!("error {}", text.split([' ', '{']).next().unwrap()));
        }
        self.sent.extend(transmitted(&mut self.connection));
    }

    /// `following`: the lines of the client behind this one, for literals of a new command.
    fn client(&mut self, place: &str, line: &str, following: &[&str]) {
        self.sent.extend(transmitted(&mut self.connection));
        let octets = [unescape(line), b"\r\n".to_vec()].concat();
        if self.sent.is_empty() {
            self.act(place, line, &octets, following);
            self.sent.extend(transmitted(&mut self.connection));
        }
        let expected = self.with_tags(&octets);
        let length = expected.len().min(self.sent.len());
        let got: Vec<u8> = self.sent.drain(..length).collect();
        assert_eq!(got.escape_ascii().to_string(), expected.escape_ascii().to_string(), "{place}");
    }

    fn act(&mut self, place: &str, line: &str, octets: &[u8], following: &[&str]) {
        match self.waiting {
            Some((id, Waiting::Sasl)) => {
                self.waiting = None;
                let result = match line {
                    "*" => self.connection.cancel(id),
                    line => self.connection.answer(id, Bytes::from(STANDARD.decode(line).unwrap())),
                };
                result.unwrap_or_else(|error| panic!("{place}: {error}"));
            }
            Some((id, Waiting::Idle)) if line == "DONE" => self.connection.end_idle(id).unwrap(),
            // Octets of a message; the CRLF behind the last one is the machine's.
            Some((id, Waiting::Message))
                if self.connection.answer(id, Bytes::copy_from_slice(octets)).is_ok() => {}
            Some((id, Waiting::Message))
                if self
                    .connection
                    .answer(id, Bytes::copy_from_slice(&octets[..octets.len() - 2]))
                    .is_ok() => {}
            _ => {
                let number = self.ids.len() + 1;
                let mut text = [unescape(line), b"\r\n".to_vec()].concat();
                for next in following {
                    text.extend(unescape(next));
                    text.extend_from_slice(b"\r\n");
                }
                let own = format!("${number} ");
                let text = text
                    .strip_prefix(own.as_bytes())
                    .unwrap_or_else(|| panic!("{place}: {own} comes next"));
                let text = [b"x ", text].concat();
                let (_, command) = parse::command(&text)
                    .unwrap_or_else(|error| panic!("{place}: {error} in {}", text.escape_ascii()));
                let id = self
                    .connection
                    .send(&command)
                    .unwrap_or_else(|error| panic!("{place}: {error}"));
                self.ids.push(id);
                self.sent.extend(transmitted(&mut self.connection));
                let tag = self.sent.split(|octet| *octet == b' ').next().unwrap();
                self.tags.push(String::from_utf8(tag.to_vec()).unwrap());
                // What needs no `+`.
                self.deliver(b"");
            }
        }
    }

    fn getter(&self, place: &str, getter: &str, value: &str) {
        let list = |all: &imap_proto_lite::Capabilities| {
            all.iter()
                .map(|word| String::from_utf8_lossy(word).into_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let got = match getter {
            "state" => self.connection.state().to_string(),
            "capabilities" => self.connection.capabilities().map_or_else(|| "none".into(), list),
            "enabled" => list(self.connection.enabled()),
            "in_flight" => self.connection.in_flight().to_string(),
            _ => panic!("{place}: unknown getter {getter}"),
        };
        assert_eq!(got, value, "{place}");
    }
}

/// `written`: instead of comparing events, give the number of the line that each of them stands behind.
fn replay(
    path: &Path,
    transcript: &Transcript,
    cut: &mut dyn FnMut() -> usize,
    mut written: Option<&mut Vec<(usize, String)>>,
) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let mut replay = Replay {
        name,
        connection: Connection::new(transcript.config.clone()),
        input: BytesMut::new(),
        sent: Vec::new(),
        tags: Vec::new(),
        ids: Vec::new(),
        waiting: None,
        events: VecDeque::new(),
        cut,
    };
    let mut pending: Vec<u8> = Vec::new();
    let mut before = 0;
    for (at, (number, step)) in transcript.steps.iter().enumerate() {
        let place = format!("{}:{number}", replay.name);
        if !matches!(step, Step::Server(_)) && !pending.is_empty() {
            replay.deliver(&std::mem::take(&mut pending));
        }
        if let Some(written) = &mut written {
            if !matches!(step, Step::Server(_)) {
                written.extend(replay.events.drain(..).map(|event| (before, event)));
            }
            if matches!(step, Step::Event(_)) {
                continue;
            }
            before = *number;
        } else if !matches!(step, Step::Event(_) | Step::Server(_)) {
            assert_eq!(
                replay.events.pop_front(),
                None,
                "{place}: an event that the transcript does not have"
            );
        }
        match step {
            Step::Server(octets) => pending.extend_from_slice(octets),
            Step::Event(expected) => {
                let got = replay.events.pop_front();
                assert_eq!(got.as_ref(), Some(expected), "{place}");
            }
            Step::Client(line) => {
                let mut following = Vec::new();
                let mut last: &str = line;
                for (_, step) in &transcript.steps[at + 1..] {
                    match step {
                        Step::Client(next) | Step::Unsent(next)
                            if last.ends_with('}') && !is_upload(line) =>
                        {
                            following.push(next.as_str());
                            last = next;
                        }
                        Step::Client(_) => break,
                        _ => {}
                    }
                }
                replay.client(&place, line, &following);
            }
            Step::Unsent(_) => {}
            Step::Getter(getter, value) => replay.getter(&place, getter, value),
            Step::Eof => {
                let result = replay.connection.handle_eof(&replay.input);
                replay.events.push_back(match result {
                    Ok(()) => "eof".into(),
                    Err(error) => {
                        format!("error {}", format!("{error:?}").split([' ', '{']).next().unwrap())
                    }
                });
                if result_is_ok(&replay.events) {
                    replay.deliver(b"");
                }
            }
            Step::Compressed => {
                let rest = replay.connection.handle_compressed(&mut replay.input).unwrap();
                replay.events.push_back(format!("compressed {}", rest.escape_ascii()));
            }
            Step::Tls => {
                let fresh = Connection::new(transcript.config.clone());
                let old = std::mem::replace(&mut replay.connection, fresh);
                match old.handle_tls_established(&replay.input) {
                    Ok(connection) => replay.connection = connection,
                    Err(error) => {
                        let text = format!("{error:?}");
                        replay
                            .events
                            .push_back(format!("error {}", text.split([' ', '{']).next().unwrap()));
                    }
                }
            }
        }
    }
    if !pending.is_empty() {
        replay.deliver(&pending);
    }
    if let Some(written) = &mut written {
        written.extend(replay.events.drain(..).map(|event| (before, event)));
    }
    assert_eq!(replay.events, [] as [String; 0], "{}: events behind the end", replay.name);
    assert_eq!(
        replay.sent.escape_ascii().to_string(),
        "",
        "{}: octets behind the end",
        replay.name
    );
}

fn result_is_ok(events: &VecDeque<String>) -> bool {
    events.back().is_some_and(|event| event == "eof")
}

fn is_upload(line: &str) -> bool {
    line.contains(" APPEND ") || line.contains(" REPLACE ")
}

/// The file with the events that it gives now.
fn rewrite(path: &Path, transcript: &Transcript) {
    let mut events = Vec::new();
    replay(path, transcript, &mut || usize::MAX, Some(&mut events));
    let mut out = String::new();
    for (number, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
        if !line.starts_with('=') {
            out += &format!("{line}\n");
        }
        for (_, event) in events.iter().filter(|(behind, _)| *behind == number + 1) {
            out += &format!("= {event}\n");
        }
    }
    fs::write(path, out).unwrap();
}

fn paths() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn transcripts_give_the_same_events_however_they_are_cut() {
    let paths = paths();
    assert!(paths.len() >= 93, "{} transcripts", paths.len());
    for path in &paths {
        if env::var_os("WRITE_TRANSCRIPTS").is_some() {
            rewrite(path, &read(path));
        }
        let transcript = read(path);
        replay(path, &transcript, &mut || usize::MAX, None);
        replay(path, &transcript, &mut || 1, None);
        let mut random = Random::new(1);
        for _ in 0..30 {
            replay(path, &transcript, &mut || random.below(23) + 1, None);
        }
    }
}
