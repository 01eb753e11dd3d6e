//! A POP3 session over an account's INBOX.

use std::{io, sync::Arc};

use bytes::BytesMut;
use pop3_proto::{
    MessageNumber, ResponseCode, SendError, Transport, UniqueId,
    server::{Config, Connection, Event, Maildrop as Listing, MaildropMessage, Password},
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::{
    auth::{self, Exchange, MECHANISMS, Step},
    service::{Fault, Shared},
    store::{Account, Maildrop},
    wire::Wire,
};

/// Serves one connection to its end.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    wire: Wire<S>,
    transport: Transport,
) -> io::Result<()> {
    let mut session =
        Session { shared, wire, input: BytesMut::new(), exchange: None, maildrop: None };
    let mut connection = Connection::new(config(shared, transport));
    connection.greet("maildrops here", None).map_err(refused)?;
    session.flush(&mut connection).await?;
    if shared.fault == Some(Fault::CloseAfterGreeting) {
        return session.wire.shutdown().await;
    }
    loop {
        match connection.poll_event(&mut session.input) {
            Ok(Some(Event::StartTls)) => {
                session.flush(&mut connection).await?;
                session.wire.upgrade(&shared.acceptor).await?;
                connection = connection.handle_tls_established(&session.input).map_err(broken)?;
            }
            Ok(Some(Event::Close)) => {
                session.flush(&mut connection).await?;
                return session.wire.shutdown().await;
            }
            Ok(Some(event)) => session.event(&mut connection, event).await?,
            Ok(None) => {
                if !session.flush(&mut connection).await?
                    && !session.wire.receive(&mut session.input).await?
                {
                    // With or without a QUIT before it: no more input, and nothing is removed.
                    let _ = connection.handle_eof(&session.input);
                    return session.wire.shutdown().await;
                }
            }
            Err(error) => {
                session.flush(&mut connection).await?;
                session.wire.shutdown().await?;
                return Err(broken(error));
            }
        }
    }
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

fn refused(error: SendError) -> io::Error {
    io::Error::other(error)
}

fn broken(error: pop3_proto::ProtocolError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

struct Session<'s, S> {
    shared: &'s Shared,
    wire: Wire<S>,
    input: BytesMut,
    exchange: Option<Exchange>,
    maildrop: Option<Maildrop>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    async fn flush(&mut self, connection: &mut Connection) -> io::Result<bool> {
        self.wire.send(|| connection.poll_transmit().map(|transmit| transmit.bytes)).await
    }

    async fn event(&mut self, connection: &mut Connection, event: Event) -> io::Result<()> {
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
                        self.flush(connection).await?;
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

    fn message(&self, number: MessageNumber) -> Option<bytes::Bytes> {
        let message = message(self.maildrop.as_ref()?, number)?;
        Some(message.content.octets.clone())
    }
}

fn message(maildrop: &Maildrop, number: MessageNumber) -> Option<&super::folder::Message> {
    let place = usize::try_from(number.get()).ok()?.checked_sub(1)?;
    maildrop.messages.get(place)
}
