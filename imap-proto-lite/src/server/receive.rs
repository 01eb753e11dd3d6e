//! Commands that come in: what each means in this state, and the answers of the machine itself.

use alloc::{string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};

use crate::{
    command::{AppendData, Command, CommandKind, Tag, parse},
    error::ProtocolError,
    frame::{CommandFrame, ends_in_literal},
    response::{Charsets, Condition, Response, ResponseCode},
    server::{
        answer::Reply,
        connection::Connection,
        event::{Event, OwnedCommand, Password},
        request::{Held, Request, Turn},
        responder::{AppendResponder, AuthResponder, LoginResponder, Responder, SelectResponder},
        state::State,
    },
    types::{Atom, CapabilityList},
    wire::IString,
};

/// The longest line that is read in IDLE, in bytes.
const IDLE_LINE: usize = 64;

impl Connection {
    /// The next request, taken out of `input`. `None`: use the responder that was handed out, write
    /// the queued bytes, or append bytes to `input`. After `None` write first, and read only if
    /// nothing was queued: the machine may have answered a command itself.
    ///
    /// # Errors
    /// Errors of the client are answered and not returned here. The error of
    /// [`handle_eof`](Self::handle_eof) is returned again by each call.
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        self.session.check()?;
        loop {
            // Backpressure: nothing is read before enough of what is queued was written.
            if self.is_full() {
                return Ok(None);
            }
            if self.state() == State::Logout {
                return Ok(self.session.take_close().then_some(Event::Close));
            }
            match self.receive(input) {
                Ok(None) => return Ok(None),
                Ok(Some(None)) => {}
                Ok(Some(event)) => return Ok(event),
                Err(error) => self.bye_unreadable(&error),
            }
        }
    }

    /// Reads one command, or one piece of it, and returns its event, if it has one. `None`: it is
    /// not the client's turn, or more bytes are needed.
    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Option<Event>>, ProtocolError> {
        let limit = self.config.limits.sasl_line;
        Ok(match self.session.turn() {
            _ if !self.session.is_open() => None,
            Some(Turn::Responder) => None,
            None if self.held.is_some() => self.held.take().map(|held| self.serve_held(held)),
            None | Some(Turn::Message) => self.framer.next(input)?.map(|frame| self.frame(frame)),
            Some(Turn::SaslLine) => {
                self.framer.next_text(input, "sasl_line", limit)?.map(|line| self.sasl_line(&line))
            }
            Some(Turn::Done) => {
                let line = self.framer.next_text(input, "command", IDLE_LINE)?;
                line.map(|line| self.idle_line(&line))
            }
        })
    }

    /// The beginning of the next command cannot be found any more.
    fn bye_unreadable(&mut self, error: &ProtocolError) {
        match error {
            ProtocolError::TooLong { what, .. } => {
                self.say_bye(Some(ResponseCode::TooBig), &alloc::format!("{what} too long"));
            }
            _ => self.say_bye(None, "cannot follow"),
        }
    }

    fn frame(&mut self, frame: CommandFrame) -> Option<Event> {
        match frame {
            CommandFrame::Command(bytes) => return self.screen(Held::Command(bytes)),
            CommandFrame::Append { head, octets, synchronising } => {
                return self.screen(Held::Append { head, octets, synchronising });
            }
            CommandFrame::Body(chunk) => {
                let request = self.session.request()?;
                return request.refusal.is_none().then_some(Event::AppendData { chunk });
            }
            CommandFrame::AppendEnd(rest) => return self.append_end(&rest),
            CommandFrame::Continue => self.output.extend_from_slice(b"+ go ahead\r\n"),
            CommandFrame::NoLiteral { command } => {
                self.refuse_command(tag_of(&command), Reply::bad("Invalid arguments"));
            }
            CommandFrame::TooBig { command } => {
                let refusal = Reply::no(ResponseCode::TooBig, "literal too large");
                self.refuse_command(tag_of(&command), refusal);
            }
        }
        None
    }

    pub(super) fn command(&mut self, bytes: &Bytes) -> Option<Event> {
        let (tag, parsed) = self.parse(bytes);
        match parsed {
            Ok(command) => {
                let tag = tag.unwrap_or_default();
                let request = Request::new(self.tokens.next(), tag, command.kind());
                self.serve(request, command, bytes)
            }
            Err(refusal) => {
                // RFC 9051 section 6.4.4.1: NO empties the saved result, BAD does not.
                let is_lost = refusal.condition == Condition::No && parse::saves_result(bytes);
                self.refuse_command(tag.as_deref(), refusal);
                is_lost.then_some(Event::SavedResultLost)
            }
        }
    }

    /// Parses a command. Returns its tag, if there is one, and the command or why it is refused.
    fn parse<'a>(&self, bytes: &'a [u8]) -> (Option<Bytes>, Result<Command<'a>, Reply<'static>>) {
        if bytes.trim_ascii().is_empty() {
            return (None, Err(Reply::bad("empty line")));
        }
        let (tag, parsed) = match parse::command(bytes) {
            Ok((tag, command)) => (Some(tag), self.refusal(&command).map_or(Ok(command), Err)),
            Err(error) if error.unknown_charset && self.state() == State::Selected => {
                let charsets = ["US-ASCII", "UTF-8"].map(IString::from);
                let code = ResponseCode::BadCharset(Charsets::new(charsets));
                (error.tag, Err(Reply::no(code, error.reason)))
            }
            Err(error) => (error.tag, Err(Reply::bad(error.reason))),
        };
        (tag.map(|tag| Bytes::copy_from_slice(tag.as_bytes())), parsed)
    }

    /// Why a command cannot be served here and now.
    fn refusal(&self, command: &Command<'_>) -> Option<Reply<'static>> {
        let bad = |text| Some(Reply::bad(text));
        let no = |code, text| Some(Reply::no(code, text));
        let in_clear = !self.takes_credentials();
        let (state, kind) = (self.state(), command.kind());
        // RFC 5161 section 3.1: a server need not check that no mailbox is selected.
        let is_allowed =
            state.allows(kind) || kind == CommandKind::Enable && state == State::Selected;
        match command {
            _ if !is_allowed => bad("not allowed in this state"),
            Command::StartTls if !self.offers_starttls() => bad("no STARTTLS here"),
            Command::Compress if !self.announces("COMPRESS=DEFLATE") => bad("no COMPRESS here"),
            Command::Compress if self.session.is_compressed() => {
                no(ResponseCode::CompressionActive, "compressed already")
            }
            Command::Idle if !self.announces("IDLE") => bad("no IDLE here"),
            Command::Id(_) if !self.announces("ID") => bad("no ID here"),
            Command::Enable { .. } if !self.announces("ENABLE") && !self.announces("IMAP4rev2") => {
                bad("no ENABLE here")
            }
            Command::Login { .. } if !self.config.login => {
                no(ResponseCode::Cannot, "LOGIN is disabled")
            }
            Command::Login { .. } if in_clear => {
                no(ResponseCode::PrivacyRequired, "LOGIN is disabled")
            }
            Command::Authenticate { .. } if in_clear => {
                no(ResponseCode::PrivacyRequired, "not without TLS")
            }
            Command::Authenticate { mechanism, .. } if self.mechanism(mechanism).is_none() => {
                no(ResponseCode::Cannot, "no such mechanism")
            }
            _ => None,
        }
    }

    /// The mechanism of the configuration, in its spelling.
    fn mechanism(&self, name: &Atom<'_>) -> Option<&String> {
        self.config.mechanisms.iter().find(|known| known.eq_ignore_ascii_case(name.as_str()))
    }

    /// Answers a command or makes an event of it. `bytes` are those of the command.
    fn serve(&mut self, request: Request, command: Command<'_>, bytes: &Bytes) -> Option<Event> {
        match command {
            // Commands that the machine answers.
            Command::Capability => {
                let list = self.capabilities();
                self.queue_untagged(&Response::Capability(list));
                self.finish(&request, Reply::ok("CAPABILITY completed"));
            }
            Command::Noop if self.state() != State::Selected => {
                self.finish(&request, Reply::ok("NOOP completed"));
            }
            Command::Logout => {
                let bye = Reply { condition: Condition::Bye, code: None, text: "see you" };
                self.reply(None, bye);
                self.finish(&request, Reply::ok("LOGOUT completed"));
            }
            Command::Id(_) => self.id(&request),
            Command::Enable { capabilities } => self.enable(&request, &capabilities),
            // With a literal, as it must be, the framer gives APPEND and REPLACE in pieces.
            Command::Append { .. } | Command::Replace { .. } => {
                let refusal = Reply::bad("the message has to be a literal");
                self.refuse_command(Some(&request.tag), refusal);
            }
            // Commands that change who talks next, or how.
            Command::StartTls => {
                self.finish(&request, Reply::ok("begin TLS now"));
                return Some(Event::StartTls);
            }
            Command::Compress => {
                self.finish(&request, Reply::ok("compression starts now"));
                return Some(Event::StartCompression);
            }
            Command::Idle => return Some(self.idle(request)),
            // Commands that the application answers.
            Command::Login { user, password } => {
                let password = Password(Bytes::copy_from_slice(password.as_bytes()));
                let (user, token) = (user.into_cow().into_owned(), self.session.begin(request));
                return Some(Event::Login { user, password, responder: LoginResponder(token) });
            }
            Command::Authenticate { mechanism, initial_response } => {
                let initial_response =
                    initial_response.map(|bytes| Password(bytes.into_owned().into()));
                let mechanism = self.mechanism(&mechanism)?.clone();
                let responder = AuthResponder(self.session.begin(request));
                return Some(Event::Authenticate { mechanism, initial_response, responder });
            }
            Command::Select { .. } | Command::Examine { .. } => {
                return Some(self.select(request, bytes));
            }
            command => {
                let may_expunge = command.may_expunge();
                let command = OwnedCommand::new(bytes.clone(), request.kind);
                let responder = Responder(self.session.begin(Request { may_expunge, ..request }));
                return Some(Event::Command { command, responder });
            }
        }
        None
    }

    /// RFC 2971
    fn id(&mut self, request: &Request) {
        self.session.identified();
        let own = |text: &String| IString::from(text.clone());
        let pairs = self.config.id.iter().map(|(name, value)| (own(name), Some(own(value))));
        let pairs: Vec<_> = pairs.collect();
        self.queue_untagged(&Response::Id((!pairs.is_empty()).then_some(pairs)));
        self.finish(request, Reply::ok("ID completed"));
    }

    /// RFC 5161
    fn enable(&mut self, request: &Request, wanted: &[Atom<'_>]) {
        let is_wanted =
            |name: &&String| wanted.iter().any(|wanted| wanted.as_str().eq_ignore_ascii_case(name));
        let granted: Vec<_> = self.config.enable.iter().filter(is_wanted).collect();
        granted.iter().for_each(|name| self.session.enable(name));
        let list = CapabilityList::new(granted.iter().map(|name| name.as_bytes())).into_owned();
        if !self.config.enabled_untold {
            self.queue_untagged(&Response::Enabled(list));
        }
        self.finish(request, Reply::ok("ENABLE completed"));
    }

    /// RFC 2177
    fn idle(&mut self, request: Request) -> Event {
        self.session.accepted();
        self.output.extend_from_slice(b"+ idling\r\n");
        self.session.write_updates(true, &mut self.output);
        self.session.begin(Request { turn: Turn::Done, ..request });
        Event::Idle
    }

    fn idle_line(&mut self, line: &[u8]) -> Option<Event> {
        let request = self.session.take_request()?;
        let is_done = line.eq_ignore_ascii_case(b"DONE");
        let reply =
            if is_done { Reply::ok("IDLE terminated") } else { Reply::bad("expected DONE") };
        self.reply(Some(&request.tag), reply);
        Some(Event::IdleEnd)
    }

    /// A line of the client in a SASL exchange: base64, or `*` to cancel.
    fn sasl_line(&mut self, line: &[u8]) -> Option<Event> {
        let request = self.session.request_mut()?;
        if request.rounds <= self.config.limits.sasl_rounds
            && let Ok(data) = STANDARD.decode(line)
        {
            request.turn = Turn::Responder;
            let responder = AuthResponder(request.token);
            return Some(Event::AuthResponse { data: Password(data.into()), responder });
        }
        let request = self.session.take_request()?;
        let text = if line == b"*" { "cancelled" } else { "no base64, or too many rounds" };
        self.reply(Some(&request.tag), Reply::bad(text));
        Some(Event::AuthCancelled)
    }

    fn select(&mut self, request: Request, bytes: &Bytes) -> Event {
        let was_selected = self.state() == State::Selected;
        self.session.mailbox_closed();
        // The code is for clients that know it (RFC 7162 section 3.2.11), which ENABLE shows.
        if was_selected && !self.session.enabled().is_empty() {
            let code = Some(ResponseCode::Closed);
            let text = "the old mailbox is closed";
            self.reply(None, Reply { condition: Condition::Ok, code, text });
        }
        let command = OwnedCommand::new(bytes.clone(), request.kind);
        Event::Select { command, responder: SelectResponder(self.session.begin(request)) }
    }

    /// APPEND or REPLACE, up to the header of its message.
    pub(super) fn append(
        &mut self,
        head: Bytes,
        octets: u64,
        synchronising: bool,
    ) -> Option<Event> {
        let (tag, parsed) = self.parse(&head);
        let (kind, refusal) = match parsed {
            Ok(command) if octets <= self.config.limits.message => {
                let (kind, in_parentheses) = (command.kind(), is_in_parentheses(&command));
                let request = Request::new(self.tokens.next(), tag.unwrap_or_default(), kind);
                let request = Request { synchronising, in_parentheses, ..request };
                let responder = AppendResponder(self.session.begin(request));
                let command = OwnedCommand::new(head, kind);
                return Some(Event::Append { command, octets, responder });
            }
            Ok(command) => (command.kind(), Reply::no(ResponseCode::TooBig, "message too large")),
            Err(refusal) => (CommandKind::Append, refusal),
        };
        if synchronising {
            self.framer.refuse_message();
            self.refuse_command(tag.as_deref(), refusal);
            return None;
        }
        // The message comes anyway, and must not be read as commands: it is answered at its end.
        if refusal.condition == Condition::Bad {
            self.session.bad_command();
        }
        let refusal = Some(self.encoded(tag.as_deref(), refusal).into());
        let request = Request::new(self.tokens.next(), tag.unwrap_or_default(), kind);
        self.session.begin(Request { turn: Turn::Message, refusal, ..request });
        None
    }

    /// ```abnf
    /// append          = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
    /// ```
    /// RFC 6855 adds `"UTF8" SP "(" literal8 ")"`. `rest` follows the literal.
    fn append_end(&mut self, rest: &[u8]) -> Option<Event> {
        let request = self.session.request_mut()?;
        let refusal = request.refusal.take();
        let line = rest.strip_suffix(b"\r\n").unwrap_or(rest);
        // Another message (MULTIAPPEND) may be on its way, and must not be read as commands.
        if ends_in_literal(line, true) {
            self.say_bye(None, "one message at a time");
            return refusal.is_none().then_some(Event::AppendAborted);
        }
        if let Some(refusal) = refusal {
            self.output.extend_from_slice(&refusal);
            self.session.take_request();
            self.close_if_abusive();
            return None;
        }
        let end = if request.in_parentheses { &b")"[..] } else { b"" };
        if line == end {
            request.turn = Turn::Responder;
            return Some(Event::AppendEnd { responder: Responder(request.token) });
        }
        let request = self.session.take_request()?;
        self.refuse_command(
            Some(&request.tag),
            Reply::bad("no end of the command after its message"),
        );
        Some(Event::AppendAborted)
    }

    fn announces(&self, capability: &str) -> bool {
        self.capabilities().iter().any(|word| word.eq_ignore_ascii_case(capability.as_bytes()))
    }

    /// Answers a command that has no effect.
    fn refuse_command(&mut self, tag: Option<&[u8]>, refusal: Reply<'_>) {
        let is_bad = refusal.condition == Condition::Bad;
        self.reply(tag, refusal);
        if is_bad {
            self.session.bad_command();
            self.close_if_abusive();
        }
    }

    /// Closes with `BYE` if too many bad commands came in a row.
    fn close_if_abusive(&mut self) {
        if self.session.is_abused(self.config.limits.bad_commands) {
            self.say_bye(None, "too many bad commands");
        }
    }
}

/// The tag of a command that could not be parsed, if it has one.
pub(super) fn tag_of(command: &[u8]) -> Option<&[u8]> {
    let word = command.split(|byte| matches!(byte, b' ' | b'\r' | b'\n')).next()?;
    Tag::received(word).map(|_| word)
}

/// Whether the message of APPEND or REPLACE is in parentheses.
fn is_in_parentheses(command: &Command<'_>) -> bool {
    match command {
        Command::Append { message, .. } | Command::Replace { message, .. } => {
            message.data == AppendData::Utf8
        }
        _ => false,
    }
}
