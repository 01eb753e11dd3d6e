//! Transcripts: what a server said, what a client sends, what it learns. Used by more than one test.
//!
//! ```text
//! # Free text. The first line names server and RFC section.
//! ! tls                          the transport is TLS from the beginning (default)
//! ! clear | ! consent            it is not | and credentials may be sent all the same
//! ! lf                           lines of the server end in LF
//! ! quirk NAME | ! limit NAME N
//! S: text                        the server sends this line; \r \n \t \0 \\ \xNN stand for octets
//! S| text                        the same without a line end
//! C: text                        the client sends this line. If nothing is queued, it is the command to send
//! > send COMMAND                 a command, where its line comes later or never
//! > auth MECHANISM ["text"]      AUTH, with an initial response
//! > answer "text" | > cancel | > discard KEYWORD | > tls | > eof
//! = event                        what the client learns, in this order, before the next C: or >
//! ```

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    ClearTextCredentials, Command, CommandId, Config, ProtocolError, Transport,
    client::{Connection, Event},
};

use super::show::{escape, quoted, shown, unescape, with_command};

/// How the server's octets are cut into reads.
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
            Self::Every(octets) => (*octets).min(left),
            Self::Random(seed) => {
                // xorshift: any spread will do, and a failure can be repeated.
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
    Call(String),
    Expect(String),
}

pub(crate) struct Transcript {
    pub(crate) name: String,
    pub(crate) header: String,
    config: Config,
    steps: Vec<Step>,
}

impl Transcript {
    pub(crate) fn parse(name: &str, text: &str) -> Self {
        let mut transcript = Self {
            name: name.to_owned(),
            header: text.lines().next().unwrap_or_default().to_owned(),
            config: Config::new(Transport::Tls),
            steps: Vec::new(),
        };
        let mut line_end = &b"\r\n"[..];
        for line in text.lines() {
            let (mark, rest) = line.split_at(line.len().min(2));
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            match mark {
                "" | "# " | "#" => {}
                "! " => match rest {
                    "lf" => line_end = b"\n",
                    option => transcript.configure(option),
                },
                "S:" => {
                    let octets = [&unescape(rest), line_end].concat();
                    transcript.steps.push(Step::Server(octets));
                }
                "S|" => transcript.steps.push(Step::Server(unescape(rest))),
                "C:" => transcript.steps.push(Step::Client(rest.to_owned())),
                "> " => transcript.steps.push(Step::Call(rest.to_owned())),
                "= " => transcript.steps.push(Step::Expect(rest.to_owned())),
                _ => panic!("{name}: {line}"),
            }
        }
        transcript
    }

    fn configure(&mut self, option: &str) {
        let words: Vec<_> = option.split(' ').collect();
        let config = &mut self.config;
        match words[..] {
            ["tls"] => config.transport = Transport::Tls,
            ["clear"] => config.transport = Transport::Clear,
            ["consent"] => {
                config.transport = Transport::Clear;
                config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
            }
            ["quirk", name] => {
                let quirks = &mut config.quirks;
                *match name {
                    "auth_in_two_lines" => &mut quirks.auth_in_two_lines,
                    "oauth_in_one_line" => &mut quirks.oauth_in_one_line,
                    "only_advertised_mechanisms" => &mut quirks.only_advertised_mechanisms,
                    "ok_is_first_challenge" => &mut quirks.ok_is_first_challenge,
                    "single_listing_is_multi" => &mut quirks.single_listing_is_multi,
                    "strip_single_dot" => &mut quirks.strip_single_dot,
                    "utf8_credentials" => &mut quirks.utf8_credentials,
                    "strict_listings" => &mut quirks.strict_listings,
                    _ => panic!("no quirk {name}"),
                } = true;
            }
            ["limit", name, value] => {
                let limits = &mut config.limits;
                let value: u64 = value.parse().unwrap();
                let octets = usize::try_from(value).unwrap();
                match name {
                    "status_line" => limits.status_line = octets,
                    "listing_line" => limits.listing_line = octets,
                    "unique_id" => limits.unique_id = octets,
                    "listing_items" => limits.listing_items = value,
                    "capability_lines" => limits.capability_lines = octets,
                    "capability_octets" => limits.capability_octets = octets,
                    "language_lines" => limits.language_lines = value,
                    "sasl_octets" => limits.sasl_octets = octets,
                    "sasl_rounds" => limits.sasl_rounds = octets,
                    "message_octets" => limits.message_octets = Some(value),
                    "command" => limits.command = octets,
                    "commands_in_flight" => limits.commands_in_flight = octets,
                    "octets_in_flight" => limits.octets_in_flight = octets,
                    _ => panic!("no limit {name}"),
                }
            }
            _ => panic!("{}: {option}", self.name),
        }
    }

    /// Everything the server sends, in one piece.
    pub(crate) fn server_octets(&self) -> Vec<u8> {
        let octets = self.steps.iter().filter_map(|step| match step {
            Step::Server(octets) => Some(&octets[..]),
            _ => None,
        });
        octets.collect::<Vec<_>>().concat()
    }

    /// Plays the transcript, and gives the events that came before each of its expectations ended.
    pub(crate) fn play(&self, cut: Cut) {
        let mut player = Player::new(self, cut);
        let mut expected: Vec<String> = Vec::new();
        for step in &self.steps {
            match step {
                Step::Server(octets) => player.server(octets),
                Step::Expect(event) => expected.push(event.clone()),
                Step::Client(_) | Step::Call(_) => {
                    player.compare(&mut expected);
                    match step {
                        Step::Client(line) => player.client(line),
                        Step::Call(call) => player.call(call),
                        _ => {}
                    }
                }
            }
        }
        player.compare(&mut expected);
        player.end();
    }

    /// The text of the transcript with its `=` lines as they are, for whoever writes a new one.
    pub(crate) fn rewrite(&self, text: &str) -> String {
        let mut player = Player::new(self, Cut::Whole);
        let mut steps = self.steps.iter();
        let (mut out, mut events) = (Vec::new(), Vec::new());
        for line in text.lines() {
            if line.starts_with("= ") {
                steps.next();
                continue;
            }
            let is_step = ["S:", "S|", "C:", "> "].iter().any(|mark| line.starts_with(mark));
            if !line.starts_with('S')
                || out.last().is_some_and(|last: &String| last.starts_with("> "))
            {
                out.append(&mut events);
            }
            if is_step {
                match steps.next().unwrap() {
                    Step::Server(octets) => player.server(octets),
                    Step::Client(line) => player.client(line),
                    Step::Call(call) => player.call(call),
                    Step::Expect(_) => unreachable!("counted above"),
                }
            }
            out.push(line.to_owned());
            events.extend(player.log.drain(..).map(|event| format!("= {event}")));
            player.body = None;
        }
        out.append(&mut events);
        // Body chunks of several server lines are one event.
        let mut merged: Vec<String> = Vec::new();
        for line in out {
            match merged.last_mut() {
                Some(last) if last.starts_with("= body \"") && line.starts_with("= body \"") => {
                    last.pop();
                    last.push_str(&line["= body \"".len()..]);
                }
                _ => merged.push(line),
            }
        }
        merged.join("\n") + "\n"
    }
}

struct Player<'a> {
    transcript: &'a Transcript,
    cut: Cut,
    machine: Option<Connection>,
    input: BytesMut,
    ids: Vec<(CommandId, String)>,
    challenge: Option<CommandId>,
    log: Vec<String>,
    /// Octets of the body chunks that the last line of the log stands for.
    body: Option<Vec<u8>>,
    to_server: Vec<u8>,
    error: Option<ProtocolError>,
}

impl<'a> Player<'a> {
    fn new(transcript: &'a Transcript, cut: Cut) -> Self {
        Self {
            transcript,
            cut,
            machine: Some(Connection::new(transcript.config)),
            input: BytesMut::new(),
            ids: Vec::new(),
            challenge: None,
            log: Vec::new(),
            body: None,
            to_server: Vec::new(),
            error: None,
        }
    }

    fn machine(&mut self) -> &mut Connection {
        self.machine.as_mut().unwrap()
    }

    fn server(&mut self, octets: &[u8]) {
        let mut left = octets;
        while !left.is_empty() {
            let (piece, rest) = left.split_at(self.cut.next(left.len()));
            self.input.extend_from_slice(piece);
            left = rest;
            self.poll();
        }
    }

    fn poll(&mut self) {
        loop {
            let Self { machine, input, .. } = self;
            let machine = machine.as_mut().unwrap();
            match machine.poll_event(input) {
                Ok(Some(event)) => self.learn(&event),
                Ok(None) => break,
                Err(error) => {
                    match &self.error {
                        Some(first) => {
                            assert_eq!(first, &error, "{}: the error changed", self.transcript.name)
                        }
                        None => self.log.push(format!("error {error}")),
                    }
                    self.error = Some(error.clone());
                    assert_eq!(self.machine().poll_event(&mut BytesMut::new()), Err(error));
                    assert_eq!(self.machine().poll_transmit(), None);
                    break;
                }
            }
        }
        self.transmit();
    }

    fn transmit(&mut self) {
        while let Some(transmit) = self.machine().poll_transmit() {
            self.to_server.extend_from_slice(&transmit.bytes);
        }
    }

    fn learn(&mut self, event: &Event) {
        if let Event::Challenge { id, .. } = event {
            self.challenge = Some(*id);
        }
        if let Event::Body { chunk, .. } = event {
            if let Some(body) = &mut self.body {
                body.extend_from_slice(chunk);
                self.log.pop();
            } else {
                self.body = Some(chunk.to_vec());
            }
            let line = format!("body {}", quoted(self.body.as_ref().unwrap()));
            self.log.push(line);
            return;
        }
        self.body = None;
        let name = event.id().and_then(|id| self.ids.iter().find(|(known, _)| *known == id));
        let line = shown(event, name.map_or("", |(_, name)| name));
        self.log.push(line);
    }

    fn client(&mut self, line: &str) {
        self.transmit();
        if self.to_server.is_empty() {
            self.send(line);
            self.transmit();
        }
        let end = self.to_server.windows(2).position(|window| window == b"\r\n");
        let end = end.unwrap_or_else(|| {
            panic!("{}: nothing was sent, but expected was: {line}", self.transcript.name)
        });
        let sent: Vec<u8> = self.to_server.drain(..end + 2).collect();
        let line = ["raw-single ", "raw-lines ", "raw-body "]
            .iter()
            .find_map(|mark| line.strip_prefix(mark))
            .unwrap_or(line);
        assert_eq!(escape(&sent[..end]), line, "{}", self.transcript.name);
    }

    fn send(&mut self, line: &str) {
        let name = self.transcript.name.clone();
        let result = with_command(line, |command| {
            let command = command.unwrap_or_else(|| panic!("{name}: no command: {line}"));
            self.machine().send(&command)
        });
        self.sent(line.split(' ').next().unwrap(), result);
    }

    fn sent(&mut self, keyword: &str, result: Result<CommandId, pop3_proto::SendError>) {
        match result {
            Ok(id) => self.ids.push((id, keyword.to_uppercase())),
            Err(error) => self.log.push(format!("send-error {error}")),
        }
    }

    fn call(&mut self, call: &str) {
        let (verb, rest) = call.split_once(' ').unwrap_or((call, ""));
        let argument = || Bytes::from(unescape(rest.trim_matches('"')));
        match verb {
            "send" => self.send(rest),
            "auth" => {
                let (mechanism, data) =
                    rest.split_once(' ').map_or((rest, None), |(name, data)| (name, Some(data)));
                let data = data.map(|data| unescape(data.trim_matches('"')));
                let result = self
                    .machine()
                    .send(&Command::Auth { mechanism, initial_response: data.as_deref() });
                self.sent("AUTH", result);
            }
            "answer" => {
                let id = self.challenge.unwrap();
                if let Err(error) = self.machine().answer(id, argument()) {
                    self.log.push(format!("send-error {error}"));
                }
            }
            "cancel" => {
                let id = self.challenge.unwrap();
                if let Err(error) = self.machine().cancel(id) {
                    self.log.push(format!("send-error {error}"));
                }
            }
            "discard" => {
                let id = self.ids.iter().rev().find(|(_, keyword)| keyword == rest).unwrap().0;
                self.machine().discard(id);
            }
            "tls" => {
                let machine = self.machine.take().unwrap();
                match machine.handle_tls_established(&self.input) {
                    Ok(fresh) => self.machine = Some(fresh),
                    Err(error) => self.log.push(format!("error {error}")),
                }
            }
            "eof" => {
                let Self { machine, input, .. } = self;
                let line = match machine.as_mut().unwrap().handle_eof(input) {
                    Ok(()) => "eof".to_owned(),
                    Err(error) => format!("error {error}"),
                };
                self.log.push(line);
            }
            "state" => {
                let machine = self.machine();
                let line = format!(
                    "state {:?} outcome {:?} capabilities {}",
                    machine.state(),
                    machine.quit_outcome(),
                    machine.capabilities().is_some()
                );
                self.log.push(line);
            }
            _ => panic!("{}: {call}", self.transcript.name),
        }
        if self.machine.is_some() {
            self.transmit();
        }
    }

    fn compare(&mut self, expected: &mut Vec<String>) {
        self.body = None;
        let seen = std::mem::take(&mut self.log);
        assert_eq!(seen, std::mem::take(expected), "{} cut {:?}", self.transcript.name, self.cut);
    }

    fn end(&self) {
        assert_eq!(escape(&self.to_server), "", "{}: sent, and not expected", self.transcript.name);
    }
}
