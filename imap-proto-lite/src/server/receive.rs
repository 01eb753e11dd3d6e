//! The server machine, incoming: what each command means in this state, and what the machine answers by itself.

use alloc::{borrow::Cow, string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};

use crate::{
    command::{Command, CommandKind, Tag},
    config::Transport,
    error::ProtocolError,
    event::Status,
    frame::{CommandFrame, ends_in_literal},
    response::{Condition, Response, ResponseCode},
    server::{
        answer::{encoded_condition, encoded_untagged},
        connection::{Connection, Phase},
        event::{Event, OwnedCommand, Password},
        request::{Request, Token},
        responder::{AppendResponder, AuthResponder, LoginResponder, Responder, SelectResponder},
        state::State,
    },
    types::{argument::Atom, capability::CapabilityList},
    wire::string::IString,
};

impl Connection {
    /// The next request, taken out of `input`. `None`: spend the responder that is out, write what is queued, or append octets
    /// to `input`.
    ///
    /// # Errors
    /// What the client does wrong is answered, not an error. The error of
    /// [`handle_eof`](Self::handle_eof) comes again for ever.
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        Ok(self.receive(input))
    }

    pub(super) fn receive(&mut self, input: &mut BytesMut) -> Option<Event> {
        loop {
            if self.is_full() {
                return None;
            }
            let step = match &self.phase {
                Phase::Closing => {
                    self.phase = Phase::Closed;
                    return Some(Event::Close);
                }
                Phase::Command | Phase::Message { .. } => {
                    self.framer.next(input).map(|frame| frame.map(|frame| self.frame(frame)))
                }
                Phase::Sasl(_) => {
                    let limit = self.config.limits.sasl_line;
                    self.framer
                        .next_text(input, "sasl_line", limit)
                        .map(|line| line.map(|line| self.sasl_line(&line)))
                }
                Phase::Idle { .. } => self
                    .framer
                    .next_text(input, "command", 64)
                    .map(|line| line.map(|line| self.idle_line(&line))),
                Phase::Greeting
                | Phase::Pending(_)
                | Phase::StartTls
                | Phase::Compression
                | Phase::Closed => return None,
            };
            match step {
                Ok(Some(Some(event))) => return Some(event),
                Ok(Some(None)) => {}
                Ok(None) => return None,
                // Where the next command begins nobody knows any more.
                Err(error) => self.give_up(&error),
            }
        }
    }

    fn give_up(&mut self, error: &ProtocolError) {
        let (code, text) = match error {
            ProtocolError::TooLong { what, .. } => {
                (Some(ResponseCode::TooBig), alloc::format!("{what} too long"))
            }
            _ => (None, "cannot follow".into()),
        };
        self.condition(None, Condition::Bye, code, &text);
        self.close();
    }

    fn frame(&mut self, frame: CommandFrame) -> Option<Event> {
        match frame {
            CommandFrame::Command(octets) => self.command(&octets),
            CommandFrame::Continue => {
                self.out.extend_from_slice(b"+ go ahead\r\n");
                None
            }
            CommandFrame::NoLiteral { command } => self.bad(tag_of(&command), "Invalid arguments"),
            CommandFrame::TooBig { command } => {
                let tag = tag_of(&command);
                self.refuse_command(
                    tag,
                    Condition::No,
                    Some(ResponseCode::TooBig),
                    "literal too large",
                );
                None
            }
            CommandFrame::Append { head, octets, synchronising } => {
                self.append(head, octets, synchronising)
            }
            CommandFrame::Body(chunk) => match &self.phase {
                Phase::Message { refusal: None, .. } => Some(Event::AppendData { chunk }),
                _ => None,
            },
            CommandFrame::AppendEnd(rest) => self.append_end(&rest),
        }
    }

    fn command(&mut self, octets: &Bytes) -> Option<Event> {
        if octets.trim_ascii().is_empty() {
            return self.bad(None, "empty line");
        }
        let (tag, command) = match crate::command::parse::command(octets) {
            Ok(parsed) => parsed,
            Err(error) => return self.bad(error.tag.as_ref().map(Tag::as_bytes), error.reason),
        };
        let tag = Bytes::copy_from_slice(tag.as_bytes());
        let kind = command.kind();
        let late_enable = kind == CommandKind::Enable && self.state() == State::Selected;
        if !(self.state().allows(kind) || late_enable) {
            return self.bad(Some(&tag), "not allowed in this state");
        }
        match command {
            Command::Capability => {
                let list = self.capabilities();
                self.say(&Response::Capability(list));
                self.ok(&tag, kind, "CAPABILITY completed")
            }
            Command::Noop if self.state() != State::Selected => {
                self.ok(&tag, kind, "NOOP completed")
            }
            Command::Logout => {
                self.condition(None, Condition::Bye, None, "see you");
                self.condition(Some(&tag), Condition::Ok, None, "LOGOUT completed");
                self.close();
                None
            }
            Command::Id(_) => {
                let pairs = self.config.id.iter().map(|(name, value)| {
                    (IString::from(name.clone()), Some(IString::from(value.clone())))
                });
                let pairs: Vec<_> = pairs.collect();
                self.say(&Response::Id((!pairs.is_empty()).then_some(pairs)));
                self.ok(&tag, kind, "ID completed")
            }
            Command::StartTls => self.start_tls(&tag),
            Command::Login { user, password } => {
                self.login(tag, user.into_cow().into_owned(), password.into_cow().into_owned())
            }
            Command::Authenticate { mechanism, initial_response } => {
                self.authenticate(tag, mechanism.as_str(), initial_response.map(Cow::into_owned))
            }
            Command::Enable { capabilities } => self.enable(&tag, &capabilities),
            Command::Compress => self.compress(&tag),
            Command::Idle => {
                if !self.announces("IDLE") {
                    return self.bad(Some(&tag), "no IDLE here");
                }
                self.bad_commands = 0;
                self.out.extend_from_slice(b"+ idling\r\n");
                self.flush_updates(true);
                self.phase = Phase::Idle { tag };
                Some(Event::Idle)
            }
            Command::Select { .. } | Command::Examine { .. } => {
                let was_selected = self.state() == State::Selected;
                self.session.mailbox_closed();
                if was_selected && !self.enabled.is_empty() {
                    self.condition(
                        None,
                        Condition::Ok,
                        Some(ResponseCode::Closed),
                        "the old mailbox is closed",
                    );
                }
                let token = self.wait(tag, kind, false, false);
                Some(Event::Select {
                    command: OwnedCommand::new(octets.clone(), kind),
                    responder: SelectResponder(token),
                })
            }
            // Without the literal that the message is.
            Command::Append { .. } | Command::Replace { .. } => {
                self.bad(Some(&tag), "the message has to be a literal")
            }
            command => {
                let token = self.wait(tag, kind, command.may_expunge(), false);
                Some(Event::Command {
                    command: OwnedCommand::new(octets.clone(), kind),
                    responder: Responder(token),
                })
            }
        }
    }

    fn start_tls(&mut self, tag: &[u8]) -> Option<Event> {
        if self.config.transport == Transport::Tls || !self.config.starttls {
            return self.bad(Some(tag), "no STARTTLS here");
        }
        self.condition(Some(tag), Condition::Ok, None, "begin TLS now");
        self.phase = Phase::StartTls;
        Some(Event::StartTls)
    }

    fn compress(&mut self, tag: &[u8]) -> Option<Event> {
        if !self.announces("COMPRESS=DEFLATE") {
            return self.bad(Some(tag), "no COMPRESS here");
        }
        if self.compressed {
            self.refuse_command(
                Some(tag),
                Condition::No,
                Some(ResponseCode::CompressionActive),
                "compressed already",
            );
            return None;
        }
        self.condition(Some(tag), Condition::Ok, None, "compression starts now");
        self.phase = Phase::Compression;
        Some(Event::StartCompression)
    }

    fn login(&mut self, tag: Bytes, user: String, password: String) -> Option<Event> {
        if !self.takes_credentials() || !self.config.login {
            let code = if self.config.login {
                ResponseCode::PrivacyRequired
            } else {
                ResponseCode::Cannot
            };
            self.refuse_command(Some(&tag), Condition::No, Some(code), "LOGIN is disabled");
            return None;
        }
        let token = self.wait(tag, CommandKind::Login, false, false);
        Some(Event::Login {
            user,
            password: Password(Bytes::from(password)),
            responder: LoginResponder(token),
        })
    }

    fn authenticate(
        &mut self,
        tag: Bytes,
        mechanism: &str,
        initial_response: Option<Vec<u8>>,
    ) -> Option<Event> {
        if !self.takes_credentials() {
            self.refuse_command(
                Some(&tag),
                Condition::No,
                Some(ResponseCode::PrivacyRequired),
                "not without TLS",
            );
            return None;
        }
        let Some(known) = self
            .config
            .mechanisms
            .iter()
            .find(|known| known.eq_ignore_ascii_case(mechanism))
            .cloned()
        else {
            self.refuse_command(
                Some(&tag),
                Condition::No,
                Some(ResponseCode::Cannot),
                "no such mechanism",
            );
            return None;
        };
        let token = self.wait(tag, CommandKind::Authenticate, false, false);
        Some(Event::Authenticate {
            mechanism: known,
            initial_response: initial_response.map(|octets| Password(Bytes::from(octets))),
            responder: AuthResponder(token),
        })
    }

    /// A line of the client in a SASL exchange: base64, or `*` to give up.
    fn sasl_line(&mut self, line: &[u8]) -> Option<Event> {
        let Phase::Sasl(pending) = core::mem::replace(&mut self.phase, Phase::Command) else {
            return None;
        };
        let data = STANDARD.decode(line);
        match data {
            Ok(data) if pending.rounds <= self.config.limits.sasl_rounds => {
                let token = self.token(pending.request);
                self.phase = Phase::Pending(pending);
                Some(Event::AuthResponse {
                    data: Password(Bytes::from(data)),
                    responder: AuthResponder(token),
                })
            }
            _ => {
                let text = if line == b"*" { "given up" } else { "no base64, or too many rounds" };
                self.refuse_command(Some(&pending.tag), Condition::Bad, None, text);
                Some(Event::AuthCancelled)
            }
        }
    }

    fn idle_line(&mut self, line: &[u8]) -> Option<Event> {
        let Phase::Idle { tag } = core::mem::replace(&mut self.phase, Phase::Command) else {
            return None;
        };
        if line.eq_ignore_ascii_case(b"DONE") {
            self.condition(Some(&tag), Condition::Ok, None, "IDLE terminated");
        } else {
            self.condition(Some(&tag), Condition::Bad, None, "expected DONE");
        }
        Some(Event::IdleEnd)
    }

    fn enable(&mut self, tag: &[u8], wanted: &[Atom<'_>]) -> Option<Event> {
        let offered = &self.config.enable;
        let granted: Vec<&str> = offered
            .iter()
            .map(String::as_str)
            .filter(|name| wanted.iter().any(|wanted| wanted.as_str().eq_ignore_ascii_case(name)))
            .collect();
        for name in &granted {
            self.enabled.add(name.as_bytes());
        }
        let list = CapabilityList::new(granted.iter().map(|name| name.as_bytes())).into_owned();
        self.say(&Response::Enabled(list));
        self.ok(tag, CommandKind::Enable, "ENABLE completed")
    }

    fn append(&mut self, head: Bytes, octets: u64, synchronising: bool) -> Option<Event> {
        let parsed = crate::command::parse::command(&head).map(|(tag, command)| {
            let tag = Bytes::copy_from_slice(tag.as_bytes());
            (tag, command.kind())
        });
        let (tag, kind, wrong) = match parsed {
            Ok((tag, kind)) if !self.state().allows(kind) => {
                (Some(tag), kind, Some("not allowed in this state"))
            }
            Ok((tag, kind)) if octets <= self.config.limits.message => {
                let token = self.wait(tag, kind, true, synchronising);
                return Some(Event::Append {
                    command: OwnedCommand::new(head, kind),
                    octets,
                    responder: AppendResponder(token),
                });
            }
            Ok((tag, kind)) => (Some(tag), kind, None),
            Err(error) => {
                let tag = error.tag.map(|tag| Bytes::copy_from_slice(tag.as_bytes()));
                (tag, CommandKind::Append, Some(error.reason))
            }
        };
        let (condition, code, text) = match wrong {
            Some(reason) => (Condition::Bad, None, reason),
            None => (Condition::No, Some(ResponseCode::TooBig), "message too large"),
        };
        self.bad_commands += usize::from(wrong.is_some());
        if synchronising {
            self.framer.refuse_message();
            self.refuse_command(tag.as_deref(), condition, code, text);
            self.lose_patience();
        } else {
            // The message comes all the same, and must not be read as commands.
            let refusal = encoded_condition(tag.as_deref(), condition, code, text).into();
            let pending = self.new_pending(tag.unwrap_or_default(), kind, true, synchronising);
            self.phase = Phase::Message { pending, refusal: Some(refusal) };
        }
        None
    }

    /// ```abnf
    /// append          = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
    /// ```
    /// `rest`: what stands behind the literal.
    fn append_end(&mut self, rest: &[u8]) -> Option<Event> {
        let Phase::Message { pending, refusal } =
            core::mem::replace(&mut self.phase, Phase::Command)
        else {
            return None;
        };
        let line = rest.trim_ascii_end();
        if ends_in_literal(line, true) {
            // Another message (MULTIAPPEND) is on its way already, and must not be read as commands.
            self.condition(None, Condition::Bye, None, "one message at a time");
            self.close();
            return refusal.is_none().then_some(Event::AppendAborted);
        }
        if let Some(refusal) = refusal {
            self.out.extend_from_slice(&refusal);
            self.lose_patience();
            return None;
        }
        if !matches!(line, b"" | b")") {
            self.bad(Some(&pending.tag), "one message at a time");
            return Some(Event::AppendAborted);
        }
        let token = self.token(pending.request);
        self.phase = Phase::Pending(pending);
        Some(Event::AppendEnd { responder: Responder(token) })
    }

    /// A responder is to answer this command.
    fn wait(
        &mut self,
        tag: Bytes,
        kind: CommandKind,
        may_expunge: bool,
        synchronising: bool,
    ) -> Token {
        let pending = self.new_pending(tag, kind, may_expunge, synchronising);
        let token = self.token(pending.request);
        self.phase = Phase::Pending(pending);
        token
    }

    fn new_pending(
        &mut self,
        tag: Bytes,
        kind: CommandKind,
        may_expunge: bool,
        synchronising: bool,
    ) -> Request {
        Request {
            request: self.next_request(),
            tag,
            kind,
            may_expunge,
            synchronising,
            rounds: 0,
            in_response: false,
            body: None,
        }
    }

    fn announces(&self, capability: &str) -> bool {
        self.capabilities().iter().any(|word| word.eq_ignore_ascii_case(capability.as_bytes()))
    }

    fn say(&mut self, response: &Response<'_>) {
        if let Ok(octets) = encoded_untagged(response) {
            self.out.extend_from_slice(&octets);
        }
    }

    fn ok(&mut self, tag: &[u8], kind: CommandKind, text: &str) -> Option<Event> {
        self.tagged(tag, kind, true, Status::Ok, None, text);
        None
    }

    /// Answers a command that stays without effect.
    fn refuse_command(
        &mut self,
        tag: Option<&[u8]>,
        condition: Condition,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) {
        self.condition(tag, condition, code, text);
        self.phase = Phase::Command;
    }

    /// `BAD`; at the end of patience `BYE`.
    fn bad(&mut self, tag: Option<&[u8]>, text: &str) -> Option<Event> {
        self.refuse_command(tag, Condition::Bad, None, text);
        self.bad_commands += 1;
        self.lose_patience();
        None
    }

    fn lose_patience(&mut self) {
        if self.bad_commands >= self.config.limits.bad_commands {
            self.condition(None, Condition::Bye, None, "too many bad commands");
            self.close();
        }
    }
}

/// The tag of a command that could not be parsed, if it has one.
fn tag_of(command: &[u8]) -> Option<&[u8]> {
    let word = command.split(|octet| matches!(octet, b' ' | b'\r' | b'\n')).next()?;
    Tag::received(word).map(|_| word)
}
