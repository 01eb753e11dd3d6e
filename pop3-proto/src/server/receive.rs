//! What a server answers without asking anybody, and which requests it hands on.

use alloc::borrow::ToOwned as _;
use core::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{BufMut as _, Bytes};

use super::{
    connection::{Connection, Waiting},
    event::{Event, Password},
    responder::{AuthResponder, BodyResponder, LoginResponder, QuitResponder},
    state::State,
};
use crate::{
    command::{
        CommandKind,
        parse::{self, BadCommand, Request},
    },
    config::{ClearTextCredentials, Transport},
    event::Status,
    response::{ResponseCode, encode},
    types::{Expire, MessageNumber},
};

/// A listing of the maildrop that is being written: the next message to name.
pub(super) struct Cursor {
    listing: Listing,
    next: usize,
}

enum Listing {
    Sizes,
    UniqueIds,
}

/// So many octets of a listing are made at a time.
const PIECE: usize = 16 * 1024;

impl Connection {
    /// One command line. An event where somebody else has to answer.
    pub(super) fn command(&mut self, line: &Bytes) -> Option<Event> {
        // PASS counts only directly behind USER.
        let user = self.session.take_user();
        let request = match parse::command(line) {
            Ok(request) => request,
            Err(BadCommand::Unknown) => return self.bad("Unknown command"),
            Err(BadCommand::Arguments(_)) => return self.bad("Wrong arguments"),
        };
        let kind = request.kind();
        if line.len() + 2 > self.config.limits.command && kind != CommandKind::Auth {
            return self.bad("Command too long");
        }
        if !self.is_offered(kind) {
            return self.bad("Unknown command");
        }
        if !self.state().allows(kind) {
            return self.bad("Not allowed in this state");
        }
        if kind.is_credential() && !self.takes_credentials() && request != Request::AuthList {
            return self.bad("Not without TLS");
        }
        match request {
            Request::Capa => self.capa(),
            Request::Stls => return self.stls(),
            Request::User(name) => {
                self.session.user_named(name.to_owned());
                // The same for everybody: an answer here would tell who exists.
                self.reply(Status::Ok, None, "Password?");
            }
            Request::Pass(password) => {
                let Some(user) = user else {
                    return self.bad("USER first");
                };
                // RFC 6856 section 2.2: ill-formed UTF-8 is no password.
                if core::str::from_utf8(password).is_err() {
                    self.reply(Status::Err, Some(ResponseCode::Auth), "Invalid credentials");
                    return None;
                }
                let password = Password(Bytes::copy_from_slice(password));
                let responder = LoginResponder(self.token(Waiting::Login));
                return Some(Event::Login { user, password, responder });
            }
            #[cfg(feature = "apop")]
            Request::Apop { name, digest } => {
                let name = name.to_owned();
                let responder = LoginResponder(self.token(Waiting::Login));
                return Some(Event::Apop { name, digest, responder });
            }
            #[cfg(not(feature = "apop"))]
            Request::Apop { .. } => return self.bad("Unknown command"),
            Request::AuthList => self.auth_list(),
            Request::Auth { mechanism, initial_response } => {
                return self.auth(mechanism, initial_response);
            }
            Request::Stat => {
                let (count, octets) = (self.session.count(), self.session.octets());
                self.line_of(format_args!("+OK {count} {octets}"));
            }
            Request::List(None) => self.begin(Listing::Sizes),
            Request::Uidl(None) => self.begin(Listing::UniqueIds),
            Request::List(Some(number)) => {
                match self.session.message(number).map(|message| message.octets) {
                    Some(octets) => self.line_of(format_args!("+OK {number} {octets}")),
                    None => self.no_such_message(),
                }
            }
            Request::Uidl(Some(number)) => {
                match self.session.message(number).map(|message| message.unique_id.clone()) {
                    Some(unique_id) => {
                        let _ = write!(self.output, "+OK {number} ");
                        self.output.put_slice(unique_id.as_bytes());
                        self.output.put_slice(b"\r\n");
                    }
                    None => self.no_such_message(),
                }
            }
            Request::Retr(number) => return self.body(number, None),
            Request::Top { number, lines } => return self.body(number, Some(lines)),
            Request::Dele(number) => {
                if self.session.delete(number) {
                    self.reply(Status::Ok, None, "Marked");
                } else {
                    self.no_such_message();
                }
            }
            Request::Noop => self.reply(Status::Ok, None, ""),
            Request::Rset => {
                self.session.undelete_all();
                self.reply(Status::Ok, None, "No message is marked");
            }
            Request::Quit if self.state() == State::Transaction => {
                let deleted = self.session.deleted();
                self.session.update();
                let responder = QuitResponder(self.token(Waiting::Quit));
                return Some(Event::Quit { deleted, responder });
            }
            Request::Quit => {
                self.reply(Status::Ok, None, "Bye");
                self.close();
            }
            Request::Utf8 => {
                self.session.utf8_chosen();
                self.reply(Status::Ok, None, "UTF-8 mode");
            }
            Request::Lang(range) => self.lang(range),
        }
        None
    }

    /// Says no, and closes when it was said too often.
    fn bad(&mut self, text: &str) -> Option<Event> {
        self.bad_commands += 1;
        self.reply(Status::Err, None, text);
        if self.bad_commands >= self.config.limits.bad_commands {
            self.close();
        }
        None
    }

    /// A refusal that a client that means well can meet: it is not counted.
    fn no_such_message(&mut self) {
        self.reply(Status::Err, None, "No such message");
    }

    fn line_of(&mut self, line: core::fmt::Arguments<'_>) {
        // Writing to a BytesMut cannot fail.
        let _ = self.output.write_fmt(line);
        self.output.put_slice(b"\r\n");
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

    /// May STLS be used now? [RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4), and
    /// [RFC 6856 section 2.1](https://www.rfc-editor.org/rfc/rfc6856#section-2.1): not after UTF8.
    fn offers_stls(&self) -> bool {
        self.config.stls
            && self.config.transport == Transport::Clear
            && self.state() == State::Authorization
            && !self.session.is_utf8()
    }

    fn stls(&mut self) -> Option<Event> {
        if !self.offers_stls() {
            return self.bad("Not now");
        }
        self.reply(Status::Ok, None, "Begin TLS");
        self.session.tls_begins();
        Some(Event::StartTls)
    }

    /// [RFC 2449 section 5](https://www.rfc-editor.org/rfc/rfc2449#section-5)
    fn capa(&mut self) {
        self.reply(Status::Ok, None, "Capabilities follow");
        let config = &self.config;
        let stls = self.offers_stls();
        let credentials = self.takes_credentials();
        for (line, offered) in [
            ("TOP\r\n", config.top),
            ("UIDL\r\n", config.uidl),
            ("USER\r\n", config.user && credentials),
            ("RESP-CODES\r\nAUTH-RESP-CODE\r\n", config.resp_codes),
            ("PIPELINING\r\n", config.pipelining),
            ("STLS\r\n", stls),
            ("UTF8 USER\r\n", config.utf8),
            ("LANG\r\n", !config.languages.is_empty()),
        ] {
            if offered {
                self.output.put_slice(line.as_bytes());
            }
        }
        // RFC 5034 section 3: SASL stays after login.
        if credentials && !config.mechanisms.is_empty() {
            self.output.put_slice(b"SASL");
            for mechanism in &config.mechanisms {
                self.output.put_u8(b' ');
                encode::text(&mut self.output, mechanism);
            }
            self.output.put_slice(b"\r\n");
        }
        let logged_in = self.session.state() == State::Transaction;
        let end = if config.differs_by_user && !logged_in { " USER\r\n" } else { "\r\n" };
        let _ = match config.expire {
            Some(Expire::Never) => write!(self.output, "EXPIRE NEVER{end}"),
            Some(Expire::Days(days)) => write!(self.output, "EXPIRE {days}{end}"),
            None => Ok(()),
        };
        if let Some(seconds) = config.login_delay {
            let _ = write!(self.output, "LOGIN-DELAY {seconds}{end}");
        }
        if let Some(name) = config.implementation.as_deref().filter(|_| logged_in) {
            self.output.put_slice(b"IMPLEMENTATION ");
            encode::text(&mut self.output, name);
            self.output.put_slice(b"\r\n");
        }
        self.output.put_slice(b".\r\n");
    }

    /// AUTH without an argument, as Outlook sends it.
    fn auth_list(&mut self) {
        self.reply(Status::Ok, None, "Mechanisms follow");
        if self.takes_credentials() {
            for mechanism in &self.config.mechanisms {
                encode::text(&mut self.output, mechanism);
                self.output.put_slice(b"\r\n");
            }
        }
        self.output.put_slice(b".\r\n");
    }

    fn auth(&mut self, mechanism: &str, initial_response: Option<&[u8]>) -> Option<Event> {
        let offered =
            self.config.mechanisms.iter().find(|offered| offered.eq_ignore_ascii_case(mechanism));
        let Some(mechanism) = offered.cloned() else {
            return self.bad("Unknown mechanism");
        };
        let decoded = match initial_response {
            None => None,
            Some(b"=") => Some(Bytes::new()),
            Some(base64) => match STANDARD.decode(base64) {
                Ok(data) => Some(data.into()),
                Err(_) => return self.bad("Invalid base64"),
            },
        };
        let responder = AuthResponder(self.token(Waiting::Auth { rounds: 0 }));
        Some(Event::Auth { mechanism, initial_response: decoded.map(Password), responder })
    }

    fn body(&mut self, number: MessageNumber, lines: Option<u32>) -> Option<Event> {
        if self.session.message(number).is_none() {
            self.no_such_message();
            return None;
        }
        let responder = BodyResponder(self.token(Waiting::Body { lines }));
        Some(match lines {
            Some(lines) => Event::Top { number, lines, responder },
            None => Event::Retr { number, responder },
        })
    }

    /// [RFC 6856 section 3](https://www.rfc-editor.org/rfc/rfc6856#section-3)
    fn lang(&mut self, range: Option<&str>) {
        let Some(range) = range else {
            self.reply(Status::Ok, None, "Languages follow");
            for language in &self.config.languages {
                encode::text(&mut self.output, &language.tag);
                self.output.put_u8(b' ');
                encode::text(&mut self.output, &language.description);
                self.output.put_slice(b"\r\n");
            }
            self.output.put_slice(b".\r\n");
            return;
        };
        // RFC 4647 section 3.3.1: a range matches its own tag and every longer one.
        let matches = |tag: &str| {
            range == "*"
                || tag.get(..range.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(range))
                    && matches!(tag.as_bytes().get(range.len()), None | Some(b'-'))
        };
        let found = self.config.languages.iter().position(|language| matches(&language.tag));
        let Some(index) = found else {
            self.reply(Status::Err, None, "No such language");
            return;
        };
        self.session.language_chosen(index);
        self.output.put_slice(b"+OK ");
        if let Some(language) = self.config.languages.get(index) {
            encode::text(&mut self.output, &language.tag);
            self.output.put_u8(b' ');
            encode::text(&mut self.output, &language.description);
        }
        self.output.put_slice(b"\r\n");
    }

    fn begin(&mut self, listing: Listing) {
        let (count, octets) = (self.session.count(), self.session.octets());
        self.line_of(format_args!("+OK {count} messages ({octets} octets)"));
        self.cursor = Some(Cursor { listing, next: 0 });
    }

    /// Makes the next piece of a listing, so that a maildrop of any size needs no more than one.
    pub(super) fn fill(&mut self) {
        let Some(cursor) = &mut self.cursor else {
            return;
        };
        while self.output.len() < PIECE {
            let Some((index, message)) = self.session.next_message(cursor.next) else {
                self.output.put_slice(b".\r\n");
                self.cursor = None;
                return;
            };
            cursor.next = index + 1;
            let _ = write!(self.output, "{} ", cursor.next);
            match cursor.listing {
                Listing::Sizes => {
                    let _ = write!(self.output, "{}", message.octets);
                }
                Listing::UniqueIds => self.output.put_slice(message.unique_id.as_bytes()),
            }
            self.output.put_slice(b"\r\n");
        }
    }
}

impl Request<'_> {
    const fn kind(&self) -> CommandKind {
        match self {
            Self::Capa => CommandKind::Capa,
            Self::Stls => CommandKind::Stls,
            Self::User(_) => CommandKind::User,
            Self::Pass(_) => CommandKind::Pass,
            Self::Apop { .. } => CommandKind::Apop,
            Self::AuthList | Self::Auth { .. } => CommandKind::Auth,
            Self::Stat => CommandKind::Stat,
            Self::List(_) => CommandKind::List,
            Self::Uidl(_) => CommandKind::Uidl,
            Self::Retr(_) => CommandKind::Retr,
            Self::Top { .. } => CommandKind::Top,
            Self::Dele(_) => CommandKind::Dele,
            Self::Noop => CommandKind::Noop,
            Self::Rset => CommandKind::Rset,
            Self::Quit => CommandKind::Quit,
            Self::Utf8 => CommandKind::Utf8,
            Self::Lang(_) => CommandKind::Lang,
        }
    }
}
