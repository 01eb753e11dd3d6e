//! What transcripts of POP3 need to know of POP3; the twin is in `imap-proto-lite`.

use std::{collections::VecDeque, mem};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use mail_harness::{text::unquote, transcript::Machine};
use pop3_proto::{
    ClearTextCredentials, Command, CommandId, Config, MessageNumber, ProtocolError, ReplyShape,
    SendError, Transport,
    client::{Connection, Event},
};

use super::show::show;

/// How many transcripts there are at least.
pub(crate) const TRANSCRIPTS: usize = 135;

/// A client machine and the names of its commands.
pub(crate) struct Session {
    machine: Connection,
    /// The commands and their keywords.
    commands: Vec<(CommandId, String)>,
    /// The last command that was challenged.
    challenged: Option<CommandId>,
    /// A challenge was not answered yet.
    is_challenged: bool,
}

impl Session {
    /// The command with this keyword, the newest one.
    fn id(&self, name: &str) -> CommandId {
        self.commands.iter().rev().find(|(_, keyword)| keyword == name).unwrap().0
    }

    /// Notes what later lines need to know of an event.
    fn learn(&mut self, event: &Event) {
        match event {
            Event::Challenge { id, .. } => {
                self.challenged = Some(*id);
                self.is_challenged = true;
            }
            Event::Done { id, .. } if self.challenged == Some(*id) => self.is_challenged = false,
            _ => {}
        }
    }

    /// An event as text.
    fn show(&self, event: &Event) -> String {
        show(event, |id| {
            let command = self.commands.iter().find(|(known, _)| *known == id);
            command.map_or_else(String::new, |(_, keyword)| keyword.clone())
        })
    }
}

impl Machine for Session {
    type Config = Config;
    type Error = ProtocolError;
    type Refusal = SendError;

    fn config() -> Config {
        Config::new(Transport::Tls)
    }

    /// Applies an `@` line: `clear`, `consent` (clear, and credentials are sent all the same),
    /// `quirk NAME`, `limit NAME N`, `apop`. False for a feature that this build lacks.
    fn configure(config: &mut Config, setting: &str) -> bool {
        let words: Vec<_> = setting.split(' ').collect();
        match words[..] {
            ["apop"] => return cfg!(feature = "apop"),
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
                    "body" => limits.body = Some(value),
                    "command" => limits.command = octets,
                    "commands_in_flight" => limits.commands_in_flight = octets,
                    "octets_in_flight" => limits.octets_in_flight = octets,
                    _ => panic!("no limit {name}"),
                }
            }
            _ => panic!("no setting {setting}"),
        }
        true
    }

    fn new(config: &Config) -> Self {
        Self {
            machine: Connection::new(*config),
            commands: Vec::new(),
            challenged: None,
            is_challenged: false,
        }
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
        let machine = mem::replace(&mut self.machine, Connection::new(*config));
        self.machine = machine.handle_tls_established(input)?;
        Ok(())
    }

    fn eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        self.machine.handle_eof(input)
    }

    fn discard(&mut self, command: &str) {
        self.machine.discard(self.id(command));
    }

    /// Makes the client send this line: an answer to a challenge, or a command.
    fn say(&mut self, line: &str, _more: &[&str]) -> Result<(), SendError> {
        match (self.is_challenged, line) {
            (true, "*") => self.cancel(),
            (true, line) => self.answer(Bytes::from(STANDARD.decode(line).unwrap())),
            (false, line) => self.send(line),
        }
    }

    /// Sends a command. `raw-single`, `raw-lines` and `raw-body` before a line make it a raw one.
    fn send(&mut self, line: &str) -> Result<(), SendError> {
        let id = with_command(line, |command| self.machine.send(&command))?;
        let keyword = line.split(' ').next().unwrap();
        self.commands.push((id, keyword.to_uppercase()));
        Ok(())
    }

    fn answer(&mut self, data: Bytes) -> Result<(), SendError> {
        self.machine.answer(self.challenged.unwrap(), data)?;
        self.is_challenged = false;
        Ok(())
    }

    fn cancel(&mut self) -> Result<(), SendError> {
        self.machine.cancel(self.challenged.unwrap())?;
        self.is_challenged = false;
        Ok(())
    }

    /// Carries out `auth MECHANISM ["initial response"]`, for a response that is sent later or
    /// never.
    fn call(
        &mut self,
        verb: &str,
        rest: &str,
        _input: &mut BytesMut,
        _learned: &mut VecDeque<String>,
    ) -> Result<(), SendError> {
        assert_eq!(verb, "auth", "no call {verb}");
        let (mechanism, response) =
            rest.split_once(' ').map_or((rest, None), |(name, data)| (name, Some(unquote(data))));
        let command = Command::Auth { mechanism, initial_response: response.as_deref() };
        let id = self.machine.send(&command)?;
        self.commands.push((id, "AUTH".to_owned()));
        Ok(())
    }

    /// What `state`, `outcome` (of QUIT), `in_flight` or `capabilities` returns now.
    fn getter(&self, getter: &str) -> String {
        match getter {
            "state" => format!("{:?}", self.machine.state()),
            "outcome" => {
                let outcome = self.machine.quit_outcome();
                outcome.map_or_else(|| "none".to_owned(), |outcome| format!("{outcome:?}"))
            }
            "in_flight" => self.machine.in_flight().to_string(),
            "capabilities" => self.machine.capabilities().map_or_else(
                || "none".to_owned(),
                |all| all.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>().join(" "),
            ),
            _ => panic!("no getter {getter}"),
        }
    }
}

fn with_command<T>(line: &str, send: impl FnOnce(Command<'_>) -> T) -> T {
    let (keyword, rest) =
        line.split_once(' ').map_or((line, None), |(keyword, rest)| (keyword, Some(rest)));
    let text = || rest.unwrap_or_else(|| panic!("no argument: {line}"));
    let word = |index: usize| rest.and_then(|rest| rest.split(' ').nth(index));
    let listed = || word(0).map(|word| word.parse::<MessageNumber>().unwrap());
    let number = || listed().unwrap_or_else(|| panic!("no number: {line}"));
    // RFC 5034 section 4: `=` is an empty initial response.
    let response = word(1).filter(|_| keyword == "AUTH").map(|data| match data {
        "=" => Vec::new(),
        data => STANDARD.decode(data).unwrap(),
    });
    let raw = |reply| Command::Raw { line: rest.unwrap_or_default(), reply };
    send(match keyword {
        "CAPA" => Command::Capa,
        "STLS" => Command::Stls,
        "USER" => Command::User(text()),
        "PASS" => Command::Pass(rest.unwrap_or_default()),
        "AUTH" => {
            Command::Auth { mechanism: word(0).unwrap(), initial_response: response.as_deref() }
        }
        "STAT" => Command::Stat,
        "LIST" => Command::List(listed()),
        "UIDL" => Command::Uidl(listed()),
        "RETR" => Command::Retr(number()),
        "TOP" => Command::Top { number: number(), lines: word(1).unwrap().parse().unwrap() },
        "DELE" => Command::Dele(number()),
        "NOOP" => Command::Noop,
        "RSET" => Command::Rset,
        "QUIT" => Command::Quit,
        "UTF8" => Command::Utf8,
        "LANG" => Command::Lang(rest),
        "raw-single" => raw(ReplyShape::Single),
        "raw-lines" => raw(ReplyShape::Lines),
        "raw-body" => raw(ReplyShape::Body),
        #[cfg(feature = "apop")]
        "APOP" => {
            let (name, secret) = text().split_once(' ').unwrap();
            Command::Apop { name, secret }
        }
        _ => panic!("no command: {line}"),
    })
}
