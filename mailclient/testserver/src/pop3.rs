//! A POP3 session over an account's INBOX.

use std::{io, sync::Arc};

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    Expire, MessageNumber, ResponseCode, SendError, Timestamp, Transport, UniqueId,
    server::{
        AuthResponder, BodyResponder, Config, Connection, Event, Language, LoginResponder,
        Maildrop as Listing, MaildropMessage, Password, ScreenResponder,
    },
};

use super::{
    auth::{self, Exchange, Step},
    faults::Fault,
    link::Link,
    machine::{Machine, Next, machine, refused},
    session::{self, Session},
    shared::Shared,
    store::{Account, Maildrop},
    wire::Wire,
    wrapping::{has_8bit_header, wrapped},
};

/// The answer to a login.
const OPEN: &str = "maildrop is open";

machine!(Connection, Event, ScreenResponder);

/// Serves one connection to its end.
pub(super) async fn serve(
    shared: &Shared,
    wire: Wire,
    transport: Transport,
    is_full: bool,
) -> io::Result<()> {
    let persona = &shared.persona;
    let mut connection = Connection::new(config(shared, transport));
    if is_full {
        let code = Some(ResponseCode::SysTemp);
        connection.refuse_session(code, "too many connections").map_err(refused)?;
    } else {
        let timestamp = Timestamp::new(&shared.challenge()).filter(|_| persona.has_pop3("APOP"));
        connection.greet(&persona.pop3_greeting, timestamp).map_err(refused)?;
    }
    let mut link = Link::new(wire, shared.faults.clone(), false, shared.limits.silence);
    if shared.meets(&Fault::CloseAfterGreeting) {
        link.flush(&mut connection).await?;
        return link.wire.shutdown().await;
    }
    let session = Pop3 { shared, exchange: None, failures: 0, maildrop: None };
    session::run(connection, session, link, shared).await
}

fn config(shared: &Shared, transport: Transport) -> Config {
    let persona = &shared.persona;
    let mut config = Config::new(transport);
    config.screen = true;
    config.stls = persona.has_pop3("STLS");
    config.user = persona.user;
    config.top = persona.has_pop3("TOP");
    config.uidl = persona.has_pop3("UIDL");
    config.pipelining = persona.has_pop3("PIPELINING");
    config.resp_codes = persona.has_pop3("RESP-CODES");
    config.utf8 = persona.has_pop3("UTF8");
    config.expire = Some(Expire::Never).filter(|_| persona.has_pop3("EXPIRE"));
    config.login_delay =
        Some(persona.quirks.login_delay).filter(|_| persona.has_pop3("LOGIN-DELAY"));
    config.implementation =
        Some(persona.name.clone()).filter(|_| persona.has_pop3("IMPLEMENTATION"));
    if persona.has_pop3("LANG") {
        config.languages =
            vec![Language::new("en", "English"), Language::new("i-default", "English")];
    }
    if persona.has_pop3("SASL") {
        config.mechanisms = persona.mechanisms.clone();
    }
    config
}

struct Pop3<'s> {
    shared: &'s Shared,
    exchange: Option<Exchange>,
    /// Failed logins so far.
    failures: usize,
    maildrop: Option<Maildrop>,
}

impl Session for Pop3<'_> {
    type Machine = Connection;

    async fn event(
        &mut self,
        connection: &mut Connection,
        link: &mut Link,
        event: Event,
    ) -> io::Result<()> {
        match event {
            Event::Login { user, password, responder, .. } => {
                let account = auth::find(&self.shared.accounts, user.as_bytes());
                let known = account.filter(|account| account.password_is(password.as_bytes()));
                let is_wrong = self.answer_login(connection, known, responder);
                return self.count(is_wrong.map_err(refused)?, connection, link).await;
            }
            Event::Apop { name, digest, responder, .. } => {
                let account = auth::find(&self.shared.accounts, name.as_bytes());
                let known = account.filter(|account| {
                    responder.verify(connection, &digest, account.password().as_bytes())
                });
                let is_wrong = self.answer_login(connection, known, responder);
                return self.count(is_wrong.map_err(refused)?, connection, link).await;
            }
            Event::Auth { mechanism, initial_response, responder, .. } => {
                self.exchange = Exchange::new(&mechanism, self.shared.challenge());
                // RFC 5034 section 4: in a mechanism in which the server speaks first.
                let speaks_first = matches!(self.exchange, Some(Exchange::CramMd5(_)));
                if speaks_first && initial_response.is_some() {
                    self.exchange = None;
                }
                let is_wrong = self.authenticate(connection, link, initial_response, responder);
                return self.count(is_wrong.map_err(refused)?, connection, link).await;
            }
            Event::AuthResponse { data, responder, .. } => {
                let is_wrong = self.authenticate(connection, link, Some(data), responder);
                return self.count(is_wrong.map_err(refused)?, connection, link).await;
            }
            Event::Retr { number, responder, .. } | Event::Top { number, responder, .. } => {
                return self.retrieve(connection, link, number, responder).await;
            }
            Event::Quit { deleted, responder, .. } => {
                if let Some(maildrop) = self.maildrop.take() {
                    let messages = deleted.iter().filter_map(|number| message(&maildrop, *number));
                    let uids: Vec<u32> = messages.map(|message| message.uid).collect();
                    maildrop.remove(&uids);
                }
                responder.committed(connection, "bye")
            }
            _ => Ok(()),
        }
        .map_err(refused)
    }
}

impl Pop3<'_> {
    /// The next step of a SASL exchange; true if a login failed.
    fn authenticate(
        &mut self,
        connection: &mut Connection,
        link: &mut Link,
        said: Option<Password>,
        responder: AuthResponder,
    ) -> Result<bool, SendError> {
        let said = said.as_ref().map(Password::as_bytes);
        let step = match &mut self.exchange {
            Some(exchange) => exchange.step(self.shared.accounts_for(exchange, said), said),
            None => Step::Refuse,
        };
        let account = match step {
            Step::Challenge(data) => {
                return responder.challenge(connection, &data).map(|()| false);
            }
            Step::Accept(account) => {
                link.by_token = self.exchange.as_ref().is_some_and(Exchange::is_by_token);
                Some(account)
            }
            Step::Refuse => None,
        };
        match self.open(account) {
            Ok(listing) => responder.accept(connection, listing, OPEN).map(|()| false),
            Err(code) => {
                let is_wrong = code == ResponseCode::Auth;
                let refused = responder.refuse(connection, Some(code), "not this maildrop");
                refused.map(|()| is_wrong)
            }
        }
    }

    /// Opens the maildrop for an account that was proved, and answers; true if none was.
    fn answer_login(
        &mut self,
        connection: &mut Connection,
        account: Option<Arc<Account>>,
        responder: LoginResponder,
    ) -> Result<bool, SendError> {
        let answer = self.open(account);
        let is_wrong = answer == Err(ResponseCode::Auth);
        match answer {
            Ok(listing) => responder.accept(connection, listing, OPEN),
            Err(code) => responder.refuse(connection, Some(code), "not this maildrop"),
        }
        .map(|()| is_wrong)
    }

    /// Writes a message, piece by piece as the client reads it.
    async fn retrieve(
        &self,
        connection: &mut Connection,
        link: &mut Link,
        number: MessageNumber,
        responder: BodyResponder,
    ) -> io::Result<()> {
        let Some(octets) = self.message(connection, number) else {
            return responder
                .refuse(connection, Some(ResponseCode::SysTemp), "the message is gone")
                .map_err(refused);
        };
        let mut writer = responder.accept(connection, "message follows").map_err(refused)?;
        let mut rest = &octets[..];
        while !rest.is_empty() && !writer.is_full(connection) {
            let taken = writer.write(connection, rest).map_err(refused)?;
            rest = rest.get(taken..).unwrap_or_default();
            if !rest.is_empty() {
                link.flush(connection).await?;
            }
        }
        writer.finish(connection).map(drop).map_err(refused)
    }

    /// After an attempt to log in: closes if it was the last one that is allowed.
    async fn count(
        &mut self,
        is_wrong: bool,
        connection: &mut Connection,
        link: &mut Link,
    ) -> io::Result<()> {
        self.failures += usize::from(is_wrong);
        if is_wrong && self.failures >= self.shared.limits.login_attempts {
            link.flush(connection).await?;
            connection.handle_timeout();
        }
        Ok(())
    }

    /// Locks the maildrop of an account that was proved.
    fn open(&mut self, account: Option<Arc<Account>>) -> Result<Listing, ResponseCode> {
        let account = account.ok_or(ResponseCode::Auth)?;
        let maildrop = account.lock_maildrop().ok_or(ResponseCode::InUse)?;
        let error = self.shared.size_error();
        let listing = maildrop.messages.iter().filter_map(|message| {
            let unique_id = UniqueId::new(format!("{:08x}{:08x}", maildrop.identity, message.uid))?;
            let octets = message.content.sent_len().saturating_add_signed(error);
            MaildropMessage::new(octets, unique_id)
        });
        let listing = listing.collect();
        self.maildrop = Some(maildrop);
        Ok(listing)
    }

    /// The bytes of a message, or of the one that its client gets in its place.
    fn message(&self, connection: &Connection, number: MessageNumber) -> Option<Bytes> {
        let octets = message(self.maildrop.as_ref()?, number)?.content.octets.clone();
        let wraps = self.shared.persona.quirks.wraps_utf8 && !connection.is_utf8();
        if wraps && has_8bit_header(&octets) {
            let mark = self.shared.challenge();
            return Some(wrapped(&octets, mark.trim_matches(['<', '>'])).into());
        }
        Some(octets)
    }
}

fn message(maildrop: &Maildrop, number: MessageNumber) -> Option<&super::folder::Message> {
    let place = usize::try_from(number.get()).ok()?.checked_sub(1)?;
    maildrop.messages.get(place)
}
