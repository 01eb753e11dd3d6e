//! A POP3 session over an account's INBOX.

use std::{io, sync::Arc};

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    MessageNumber, ResponseCode, SendError, Transport, UniqueId,
    server::{Config, Connection, Event, Maildrop as Listing, MaildropMessage, Password},
};
use tokio::io::AsyncWriteExt;

use super::{
    auth::{self, Exchange, MECHANISMS, Step},
    service::{Fault, Shared},
    session::{self, Link, Machine, Next, Session, machine, refused},
    store::{Account, Maildrop},
    wire::Wire,
};

machine!(Connection, Event);

/// Serves one connection to its end.
pub(super) async fn serve(shared: &Shared, wire: Wire, transport: Transport) -> io::Result<()> {
    let mut connection = Connection::new(config(shared, transport));
    connection.greet("maildrops here", None).map_err(refused)?;
    let mut link = Link::new(wire);
    if shared.fault == Some(Fault::CloseAfterGreeting) {
        link.flush(&mut connection).await?;
        return link.wire.shutdown().await;
    }
    let session = Pop3 { shared, exchange: None, maildrop: None };
    session::run(connection, session, link, &shared.acceptor).await
}

fn config(shared: &Shared, transport: Transport) -> Config {
    let mut config = Config::new(transport);
    let offers = |name: &str| !shared.hides(name);
    config.stls = offers("STLS");
    config.user = offers("USER");
    config.top = offers("TOP");
    config.uidl = offers("UIDL");
    config.pipelining = offers("PIPELINING");
    config.resp_codes = offers("RESP-CODES");
    config.utf8 = offers("UTF8");
    config.implementation = Some("mail-testserver".into()).filter(|_| offers("IMPLEMENTATION"));
    if offers("SASL") {
        config.mechanisms = MECHANISMS
            .into_iter()
            .filter(|mechanism| offers(mechanism))
            .map(String::from)
            .collect();
    }
    config
}

struct Pop3<'s> {
    shared: &'s Shared,
    exchange: Option<Exchange>,
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
                match account.filter(|account| account.password_is(password.as_bytes())) {
                    Some(account) => match self.open(&account) {
                        Some(listing) => responder.accept(connection, listing, "maildrop is open"),
                        None => responder.refuse(
                            connection,
                            Some(ResponseCode::InUse),
                            "maildrop is locked",
                        ),
                    },
                    None => responder.refuse(
                        connection,
                        Some(ResponseCode::Auth),
                        "wrong name or password",
                    ),
                }
            }
            Event::Auth { mechanism, initial_response, responder, .. } => {
                self.exchange = Exchange::new(&mechanism);
                self.authenticate(connection, initial_response, responder)
            }
            Event::AuthResponse { data, responder, .. } => {
                self.authenticate(connection, Some(data), responder)
            }
            Event::Retr { number, responder, .. } | Event::Top { number, responder, .. } => {
                let Some(octets) = self.message(number) else {
                    return responder
                        .refuse(connection, Some(ResponseCode::SysTemp), "the message is gone")
                        .map_err(refused);
                };
                let mut writer =
                    responder.accept(connection, "message follows").map_err(refused)?;
                let mut rest = &octets[..];
                while !rest.is_empty() && !writer.is_full(connection) {
                    let taken = writer.write(connection, rest).map_err(refused)?;
                    rest = rest.get(taken..).unwrap_or_default();
                    if !rest.is_empty() {
                        link.flush(connection).await?;
                    }
                }
                writer.finish(connection).map(drop)
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
    fn authenticate(
        &mut self,
        connection: &mut Connection,
        said: Option<Password>,
        responder: pop3_proto::server::AuthResponder,
    ) -> Result<(), SendError> {
        let said = said.as_ref().map(Password::as_bytes);
        let step = match &mut self.exchange {
            Some(exchange) => exchange.step(&self.shared.accounts, said),
            None => Step::Refuse,
        };
        match step {
            Step::Challenge(data) => responder.challenge(connection, data),
            Step::Accept(account) => match self.open(&account) {
                Some(listing) => responder.accept(connection, listing, "maildrop is open"),
                None => {
                    responder.refuse(connection, Some(ResponseCode::InUse), "maildrop is locked")
                }
            },
            Step::Refuse => {
                responder.refuse(connection, Some(ResponseCode::Auth), "authentication failed")
            }
        }
    }

    /// Locks the maildrop.
    fn open(&mut self, account: &Arc<Account>) -> Option<Listing> {
        let maildrop = account.lock_maildrop()?;
        let listing = maildrop.messages.iter().filter_map(|message| {
            let octets = &message.content.octets;
            // The size as sent: a message without a last line end gets one.
            let added = if octets.ends_with(b"\r\n") { 0 } else { 2 };
            let unique_id =
                UniqueId::new(format!("{:08x}{:08x}", maildrop.uid_validity, message.uid))?;
            let octets = u64::try_from(octets.len()).ok()?;
            MaildropMessage::new(octets + added, unique_id)
        });
        let listing = listing.collect();
        self.maildrop = Some(maildrop);
        Some(listing)
    }

    fn message(&self, number: MessageNumber) -> Option<Bytes> {
        let message = message(self.maildrop.as_ref()?, number)?;
        Some(message.content.octets.clone())
    }
}

fn message(maildrop: &Maildrop, number: MessageNumber) -> Option<&super::folder::Message> {
    let place = usize::try_from(number.get()).ok()?.checked_sub(1)?;
    maildrop.messages.get(place)
}
