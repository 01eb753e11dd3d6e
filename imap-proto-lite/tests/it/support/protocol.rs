//! What transcripts of IMAP need to know of IMAP; the twin is in `pop3-proto`.

use std::{collections::VecDeque, mem};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Capabilities, ClearTextCredentials, CommandId, Config, ProtocolError, SendError, Transport,
    client::{Connection, Event},
    parse,
};
use mail_harness::{
    text::{quoted, unescape},
    transcript::Machine,
};

use super::show::show;

/// How many transcripts there are at least.
pub(crate) const TRANSCRIPTS: usize = 94;

/// What the client owes the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owed {
    Sasl,
    Message,
    Done,
}

/// A client machine and the names of its commands: `$1` is the first one, and its tag.
pub(crate) struct Session {
    machine: Connection,
    ids: Vec<CommandId>,
    tags: Vec<String>,
    owed: Option<(CommandId, Owed)>,
}

impl Session {
    /// The command of this name.
    fn id(&self, name: &str) -> CommandId {
        let number: usize = name.strip_prefix('$').unwrap().parse().unwrap();
        self.ids[number - 1]
    }

    /// Notes what later lines need to know of an event.
    fn learn(&mut self, event: &Event) {
        match event {
            Event::Challenge { id, .. } => self.owed = Some((*id, Owed::Sasl)),
            Event::ReadyForData { id, .. } => self.owed = Some((*id, Owed::Message)),
            Event::Idling { id, .. } => self.owed = Some((*id, Owed::Done)),
            Event::Done { id, .. } => self.owed = self.owed.filter(|(owed, _)| owed != id),
            _ => {}
        }
    }

    /// An event as text.
    fn show(&self, event: &Event) -> String {
        show(event, |id| {
            let index = self.ids.iter().position(|known| *known == id).unwrap();
            format!("${}", index + 1)
        })
    }
}

impl Machine for Session {
    type Config = Config;
    type Error = ProtocolError;
    type Refusal = SendError;

    fn config() -> Config {
        let mut config = Config::new(Transport::Tls);
        config.tag_seed = 0x7a65;
        config
    }

    /// Applies an `@` line: `clear`, `consent` (credentials are sent in clear text all the same),
    /// `hide NAME` (a capability), `quirk NAME`, `limit NAME N`. False for a feature that this
    /// build lacks.
    fn configure(config: &mut Config, setting: &str) -> bool {
        let words: Vec<&str> = setting.split(' ').collect();
        match words[..] {
            ["clear"] => config.transport = Transport::Clear,
            ["consent"] => {
                config.transport = Transport::Clear;
                config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
            }
            ["hide", name] => config.hidden_capabilities.push(name.into()),
            ["quirk", name] => {
                let quirks = &mut config.quirks;
                *match name {
                    "bare_lf" => &mut quirks.bare_lf,
                    "no_initial_response" => &mut quirks.no_initial_response,
                    "enabled_without_line" => &mut quirks.enabled_without_line,
                    "unannounced" => &mut quirks.unannounced,
                    "synchronising_literals" => &mut quirks.synchronising_literals,
                    _ => panic!("no quirk {name}"),
                } = true;
            }
            ["limit", "literal", value] => config.limits.literal = value.parse().unwrap(),
            ["limit", "sasl_rounds", value] => config.limits.sasl_rounds = value.parse().unwrap(),
            ["limit", "stray_continuations", value] => {
                config.limits.stray_continuations = value.parse().unwrap();
            }
            _ => panic!("no setting {setting}"),
        }
        true
    }

    fn new(config: &Config) -> Self {
        let machine = Connection::new(config.clone());
        Self { machine, ids: Vec::new(), tags: Vec::new(), owed: None }
    }

    /// A literal follows, and it is not the message of an upload.
    fn goes_on(first: &str, last: &str) -> bool {
        last.ends_with('}') && !first.contains(" APPEND ") && !first.contains(" REPLACE ")
    }

    fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<String>, ProtocolError> {
        let event = self.machine.poll_event(input)?;
        Ok(event.map(|event| {
            self.learn(&event);
            self.show(&event)
        }))
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        self.machine.poll_transmit().map(|transmit| transmit.bytes)
    }

    fn tls(&mut self, config: &Config, input: &BytesMut) -> Result<(), ProtocolError> {
        let machine = mem::replace(&mut self.machine, Connection::new(config.clone()));
        self.machine = machine.handle_tls_established(input)?;
        Ok(())
    }

    fn eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        self.machine.handle_eof(input)
    }

    fn discard(&mut self, command: &str) {
        self.machine.discard(self.id(command));
    }

    /// Makes the client send this line: an answer to a challenge, a line of a message, the end of
    /// IDLE, or a command, which `more` completes.
    fn say(&mut self, line: &str, more: &[&str]) -> Result<(), SendError> {
        match (self.owed, line) {
            (Some((_, Owed::Sasl)), "*") => self.cancel(),
            (Some((_, Owed::Sasl)), line) => {
                self.answer(Bytes::from(STANDARD.decode(line).unwrap()))
            }
            (Some((id, Owed::Done)), "DONE") => self.machine.end_idle(id),
            (Some((id, Owed::Message)), line) => {
                // The machine itself sends the CRLF after the last byte.
                let line = unescape(line);
                let with_end = Bytes::from([&line, &b"\r\n"[..]].concat());
                self.machine
                    .answer(id, with_end)
                    .or_else(|_| self.machine.answer(id, Bytes::from(line)))
            }
            (_, line) => self.send(&[&[line], more].concat().join("<0x0D><0x0A>")),
        }
    }

    /// Sends a command that begins with its name.
    fn send(&mut self, command: &str) -> Result<(), SendError> {
        let own = format!("${} ", self.ids.len() + 1);
        let command = command.strip_prefix(&own).unwrap_or_else(|| panic!("{own}: {command}"));
        let line = [b"x ", &unescape(command)[..], b"\r\n"].concat();
        let (_, command) =
            parse::command(&line).unwrap_or_else(|error| panic!("{}: {error}", quoted(&line)));
        let id = self.machine.send(&command)?;
        self.ids.push(id);
        self.tags.push(self.machine.tag(id).unwrap().to_owned());
        Ok(())
    }

    fn answer(&mut self, data: Bytes) -> Result<(), SendError> {
        let (id, _) = self.owed.unwrap();
        self.machine.answer(id, data)?;
        self.owed = None;
        Ok(())
    }

    fn cancel(&mut self) -> Result<(), SendError> {
        let (id, _) = self.owed.unwrap();
        self.machine.cancel(id)?;
        self.owed = None;
        Ok(())
    }

    /// Carries out `compressed`: the caller goes on after COMPRESS, and learns of the bytes that
    /// were not read.
    fn call(
        &mut self,
        verb: &str,
        _rest: &str,
        input: &mut BytesMut,
        learned: &mut VecDeque<String>,
    ) -> Result<(), SendError> {
        assert_eq!(verb, "compressed", "no call {verb}");
        let rest = self.machine.handle_compressed(input).unwrap();
        learned.push_back(format!("compressed {}", quoted(&rest)));
        Ok(())
    }

    /// What `state`, `in_flight`, `capabilities` or `enabled` returns now.
    fn getter(&self, getter: &str) -> String {
        let list = |all: &Capabilities| {
            let words = all.iter().map(|word| String::from_utf8_lossy(word).into_owned());
            words.collect::<Vec<_>>().join(" ")
        };
        match getter {
            "state" => self.machine.state().to_string(),
            "in_flight" => self.machine.in_flight().to_string(),
            "capabilities" => self.machine.capabilities().map_or_else(|| "none".into(), list),
            "enabled" => list(self.machine.enabled()),
            _ => panic!("no getter {getter}"),
        }
    }

    /// The bytes of a line, with the tags in place of `$1` and the like.
    fn wire(&self, bytes: &[u8]) -> Vec<u8> {
        let mut wire = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(start) = rest.iter().position(|byte| *byte == b'$') {
            let digits = rest[start + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let name = &rest[start + 1..start + 1 + digits];
            let number: Option<usize> = String::from_utf8_lossy(name).parse().ok();
            let tag = number.and_then(|number| self.tags.get(number.checked_sub(1)?));
            match tag {
                Some(tag) => {
                    wire.extend_from_slice(&rest[..start]);
                    wire.extend_from_slice(tag.as_bytes());
                }
                None => wire.extend_from_slice(&rest[..start + 1 + digits]),
            }
            rest = &rest[start + 1 + digits..];
        }
        wire.extend_from_slice(rest);
        wire
    }
}
