//! Commands from the client: which of them the machine answers, and which become events.

use alloc::{borrow::ToOwned as _, string::String};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};

use super::{
    connection::Connection,
    event::{Event, Password},
    request::{Items, Request},
    responder::{AuthResponder, BodyResponder, LoginResponder, QuitResponder},
    state::State,
};
use crate::{
    command::{
        CommandKind,
        parse::{self, BadCommand, Received},
    },
    config::{ClearTextCredentials, Transport},
    error::ProtocolError,
    event::Status,
    frame::LineEnd,
    response::ResponseCode,
    types::MessageNumber,
};

/// What a command leads to: an event for the caller, nothing if it is answered, or the text of a
/// refusal that counts as a mistake of the client.
type Outcome = Result<Option<Event>, &'static str>;

impl Connection {
    /// The next request. `Ok(None)` means: use the responder of the last one, write what is queued,
    /// or append bytes to `input`.
    ///
    /// After `None`, write first. Read only if nothing was queued: the machine may have answered a
    /// command itself, and has not looked at the next one yet.
    ///
    /// # Errors
    /// The client broke the protocol in a way that `-ERR` does not answer; the same error is
    /// returned for ever.
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(error) = self.error() {
            return Err(error.clone());
        }
        loop {
            if self.session.take_auth_cancelled() {
                return Ok(Some(Event::AuthCancelled));
            }
            match self.state() {
                State::Closed => {
                    input.clear();
                    return Ok(self.session.take_close().then_some(Event::Close));
                }
                State::Authorization | State::Transaction => {}
                // Input after STLS was sent in clear text, perhaps by an attacker: CVE-2011-0411.
                State::TlsNegotiation if !input.is_empty() => {
                    return Err(self.fail(ProtocolError::InputAfterStartTls));
                }
                State::Greeting | State::TlsNegotiation | State::Update => return Ok(None),
            }
            // Backpressure: no request before the answers to the ones before were written.
            if !self.request.waits_for_client()
                || self.listing.is_some()
                || self.output.len() >= self.config.limits.output
            {
                return Ok(None);
            }
            let held = self.held.take();
            let has_passed = held.is_some();
            let Some(line) = held.or_else(|| self.line(input)) else {
                return Ok(None);
            };
            let event = match self.request {
                Request::SaslLine { rounds } => Some(self.sasl_line(&line, rounds)),
                _ if self.config.screen && !has_passed => Some(self.screen(line)),
                _ => self.command(&line).unwrap_or_else(|text| {
                    self.refuse_command(text);
                    None
                }),
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    fn line(&mut self, input: &mut BytesMut) -> Option<Bytes> {
        let end = if self.config.lf_commands { None } else { Some(LineEnd::CrLf) };
        if let Ok(found) = self.framer.line(input, end, self.config.limits.auth_line) {
            let line = found?;
            let mut bytes = input.split_to(line.total);
            bytes.truncate(line.content);
            return Some(bytes.freeze());
        }
        // Where the line ends is unknown, so the bytes after it cannot be read either.
        self.reply(Status::Err, None, "Line too long");
        self.close();
        None
    }

    /// Refuses a mistake of the client, and closes after too many.
    fn refuse_command(&mut self, text: &str) {
        self.reply(Status::Err, None, text);
        if self.session.bad_command() >= self.config.limits.bad_commands {
            self.close();
        }
    }

    fn command(&mut self, line: &[u8]) -> Outcome {
        // PASS counts only directly after USER.
        let user = self.session.take_user();
        let (kind, received) = match parse::command(line) {
            Ok(received) => received,
            Err(BadCommand::Unknown) => return Err("Unknown command"),
            Err(BadCommand::Arguments(_)) => return Err("Wrong arguments"),
        };
        // An initial response may be longer than a command.
        if line.len() + 2 > self.config.limits.command && kind != CommandKind::Auth {
            return Err("Command too long");
        }
        if !self.is_offered(kind) {
            return Err("Unknown command");
        }
        if !self.state().allows(kind) {
            return Err("Not allowed in this state");
        }
        let asks = received == Received::AuthList;
        if kind.facts().credential && !asks && !self.takes_credentials() {
            return Err("Not without TLS");
        }
        self.serve(received, user)
    }

    /// Answers what needs no caller, and gives the rest to the caller. Every command is named here,
    /// so that a new one does not compile before it has an answer.
    fn serve(&mut self, received: Received<'_>, user: Option<String>) -> Outcome {
        match received {
            Received::Capa => self.capa(self.offers_stls(), self.takes_credentials()),
            Received::Stls if self.offers_stls() => {
                self.reply(Status::Ok, None, "Begin TLS");
                self.session.tls_begins();
                return Ok(Some(Event::StartTls));
            }
            Received::Stls => return Err("Not now"),
            Received::User(name) => {
                self.session.user_named(name.to_owned());
                // The same for every name: another answer would tell which users exist.
                self.reply(Status::Ok, None, "Password?");
            }
            Received::Pass(password) => return self.pass(password, user),
            #[cfg(feature = "apop")]
            Received::Apop { name, digest } => return Ok(Some(self.apop(name, digest))),
            #[cfg(not(feature = "apop"))]
            Received::Apop { .. } => return Err("Unknown command"),
            Received::AuthList => self.auth_list(self.takes_credentials()),
            Received::Auth { mechanism, initial_response } => {
                return self.auth(mechanism, initial_response).map(Some);
            }
            Received::Stat => {
                let (count, octets) = (self.session.count(), self.session.octets());
                self.line_of(format_args!("+OK {count} {octets}"));
            }
            Received::List(None) => self.begin_listing(Items::Sizes),
            Received::List(Some(number)) => self.size_of(number),
            Received::Uidl(None) => self.begin_listing(Items::UniqueIds),
            Received::Uidl(Some(number)) => self.unique_id_of(number),
            Received::Retr(number) => return Ok(self.retrieve(number, None)),
            Received::Top { number, lines } => return Ok(self.retrieve(number, Some(lines))),
            Received::Dele(number) if self.session.delete(number) => {
                self.reply(Status::Ok, None, "Marked");
            }
            Received::Dele(_) => self.no_such_message(),
            Received::Noop => self.reply(Status::Ok, None, ""),
            Received::Rset => {
                self.session.undelete_all();
                self.reply(Status::Ok, None, "No message is marked");
            }
            Received::Quit => return Ok(self.quit()),
            Received::Utf8 => {
                self.session.utf8_chosen();
                self.reply(Status::Ok, None, "UTF-8 mode");
            }
            Received::Lang(None) => self.lang_list(),
            Received::Lang(Some(range)) => self.lang(range),
        }
        Ok(None)
    }

    fn pass(&mut self, password: &[u8], user: Option<String>) -> Outcome {
        let user = user.ok_or("USER first")?;
        // RFC 6856 section 2.2: ill-formed UTF-8 is not a password.
        if core::str::from_utf8(password).is_err() {
            self.reply(Status::Err, Some(ResponseCode::Auth), "Invalid credentials");
            return Ok(None);
        }
        let password = Password(Bytes::copy_from_slice(password));
        let responder = LoginResponder(self.begin(Request::Login));
        Ok(Some(Event::Login { user, password, responder }))
    }

    #[cfg(feature = "apop")]
    fn apop(&mut self, name: &str, digest: [u8; 16]) -> Event {
        let responder = LoginResponder(self.begin(Request::Login));
        Event::Apop { name: name.to_owned(), digest, responder }
    }

    fn auth(
        &mut self,
        mechanism: &str,
        initial_response: Option<&[u8]>,
    ) -> Result<Event, &'static str> {
        let offered =
            self.config.mechanisms.iter().find(|offered| offered.eq_ignore_ascii_case(mechanism));
        let mechanism = offered.cloned().ok_or("Unknown mechanism")?;
        let decoded = match initial_response {
            None => None,
            Some(b"=") => Some(Bytes::new()),
            Some(base64) => Some(STANDARD.decode(base64).map_err(|_| "Invalid base64")?.into()),
        };
        let responder = AuthResponder(self.begin(Request::Auth { rounds: 0 }));
        Ok(Event::Auth { mechanism, initial_response: decoded.map(Password), responder })
    }

    /// An answer to a challenge.
    fn sasl_line(&mut self, line: &[u8], rounds: usize) -> Event {
        // `*` cancels. It is not base64, and any other line that is not base64 cancels too.
        let Ok(data) = STANDARD.decode(line) else {
            self.request = Request::None;
            self.reply(Status::Err, None, "AUTH cancelled");
            return Event::AuthCancelled;
        };
        let responder = AuthResponder(self.begin(Request::Auth { rounds }));
        Event::AuthResponse { data: Password(data.into()), responder }
    }

    fn quit(&mut self) -> Option<Event> {
        if self.state() == State::Transaction {
            let deleted = self.session.deleted();
            self.session.update();
            let responder = QuitResponder(self.begin(Request::Quit));
            return Some(Event::Quit { deleted, responder });
        }
        self.reply(Status::Ok, None, "Bye");
        self.close();
        None
    }

    /// RETR, or TOP with a number of lines.
    fn retrieve(&mut self, number: MessageNumber, lines: Option<u32>) -> Option<Event> {
        if self.session.message(number).is_none() {
            self.no_such_message();
            return None;
        }
        let responder = BodyResponder(self.begin(Request::Body { lines }));
        Some(match lines {
            Some(lines) => Event::Top { number, lines, responder },
            None => Event::Retr { number, responder },
        })
    }

    /// Answers `LIST n`.
    fn size_of(&mut self, number: MessageNumber) {
        match self.session.message(number).map(|message| message.octets()) {
            Some(octets) => self.line_of(format_args!("+OK {number} {octets}")),
            None => self.no_such_message(),
        }
    }

    /// Answers `UIDL n`.
    fn unique_id_of(&mut self, number: MessageNumber) {
        // A unique-id in a maildrop is conforming, so its `Display` is its text unchanged.
        match self.session.message(number).map(|message| message.unique_id().clone()) {
            Some(unique_id) => self.line_of(format_args!("+OK {number} {unique_id}")),
            None => self.no_such_message(),
        }
    }

    /// A refusal that a well-behaved client can meet, so it does not count as a mistake.
    fn no_such_message(&mut self) {
        self.reply(Status::Err, None, "No such message");
    }

    fn takes_credentials(&self) -> bool {
        self.config.transport == Transport::Tls
            || self.config.clear_text_credentials == ClearTextCredentials::SendThemInClearText
    }

    fn is_offered(&self, kind: CommandKind) -> bool {
        match kind {
            CommandKind::User | CommandKind::Pass => self.config.user,
            CommandKind::Apop => self.timestamp.is_some(),
            CommandKind::Auth => !self.config.mechanisms.is_empty(),
            CommandKind::Stls => self.config.stls,
            CommandKind::Top => self.config.top,
            CommandKind::Uidl => self.config.uidl,
            CommandKind::Utf8 => self.config.utf8,
            CommandKind::Lang => !self.config.languages.is_empty(),
            _ => true,
        }
    }

    /// May STLS be used now? [RFC 2595 section
    /// 4](https://www.rfc-editor.org/rfc/rfc2595#section-4), and [RFC 6856 section
    /// 2.1](https://www.rfc-editor.org/rfc/rfc6856#section-2.1): not after UTF8.
    fn offers_stls(&self) -> bool {
        self.config.stls
            && self.config.transport == Transport::Clear
            && self.state() == State::Authorization
            && !self.session.is_utf8()
    }
}
