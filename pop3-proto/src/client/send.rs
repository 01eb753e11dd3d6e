//! Commands and SASL answers on their way to the server.

use bytes::{Bytes, BytesMut};

use super::{
    connection::Connection,
    request::{Request, Shape},
    sasl::{CANCEL, Exchange},
};
use crate::{
    command::{Command, CommandKind, encode},
    config::{ClearTextCredentials, Transport},
    error::SendError,
    event::{CommandId, Transmit},
    state::State,
    types::Capabilities,
};

impl Connection {
    /// Queues a command.
    ///
    /// Up to 32 may wait ([`Limits`](crate::Limits)). They are handed out at once if the server
    /// announced PIPELINING, else one by one. Nothing may follow STLS, PASS, APOP, AUTH, UTF8 and
    /// QUIT before their answer.
    ///
    /// # Errors
    /// Nothing happened, and the error says why.
    pub fn send(&mut self, command: &Command<'_>) -> Result<CommandId, SendError> {
        let kind = command.kind();
        self.check(command, kind)?;
        let context = encode::Context {
            limit: self.config.limits.command,
            utf8_credentials: self.config.quirks.utf8_credentials
                || self.session.is_utf8()
                || self.announces(Capabilities::has_utf8_user),
            initial_response: self.initial_response_on_line(command),
        };
        // Taken out, so that a failure leaves no part of the command.
        let mut out = core::mem::take(&mut self.scratch);
        let encoded = encode::command(&mut out, command, context).and_then(|on_line| {
            self.finish_encoding(&mut out, command)?;
            self.fits(out.len())?;
            Ok((Shape::of(command, &self.config, on_line)?, on_line))
        });
        if encoded.is_err() {
            out.clear();
        }
        let bytes = out.split().freeze();
        self.scratch = out;
        let (shape, on_line) = encoded?;
        let id = self.next_id;
        self.next_id = id.next();
        // A raw command may contain anything.
        let sensitive =
            on_line || matches!(kind, CommandKind::Pass | CommandKind::Apop | CommandKind::Raw);
        self.queue.push(Request::new(id, kind, shape, bytes, sensitive));
        Ok(id)
    }

    /// Answers the challenge of an AUTH. The machine does the base64.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] if no such command is in flight, [`SendError::NotAwaited`] if
    /// the server has not sent a challenge to it, [`SendError::TooLong`].
    pub fn answer(&mut self, id: CommandId, data: Bytes) -> Result<(), SendError> {
        let limit = self.config.limits.sasl_octets;
        let exchange = self.waiting_exchange(id)?;
        if data.len() > limit {
            return Err(SendError::TooLong { limit });
        }
        exchange.answered(data.len().div_ceil(3) * 4 + 2);
        encode::sasl_answer(&mut self.scratch, &data);
        let bytes = self.scratch.split().freeze();
        self.sasl_line = Some(Transmit { bytes, sensitive: true });
        Ok(())
    }

    /// Cancels an AUTH with `*`. The server's refusal follows as `Done`.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] if no such command is in flight, [`SendError::NotAwaited`] if
    /// the server has not sent a challenge to it.
    pub fn cancel(&mut self, id: CommandId) -> Result<(), SendError> {
        self.waiting_exchange(id)?.cancelled();
        self.sasl_line = Some(Transmit { bytes: CANCEL, sensitive: false });
        Ok(())
    }

    /// Takes back a command of which [`poll_transmit`](Self::poll_transmit) has handed out nothing.
    /// It never happened: it is not sent and has no `Done`.
    ///
    /// False, and nothing changes, if the command was handed out or answered, and for a USER whose
    /// PASS is queued.
    pub fn withdraw(&mut self, id: CommandId) -> bool {
        self.queue.withdraw(id)
    }

    /// Suppresses the events of the data of a command; the data are still read. Its `Done` still
    /// comes, and so do [`StartTls`](super::Event::StartTls) and the events of AUTH.
    pub fn discard(&mut self, id: CommandId) {
        if let Some(request) = self.queue.iter_mut().find(|request| request.id == id) {
            request.discard = true;
        }
    }

    /// The next bytes to write. Poll until `None`, after each command and each event.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if !self.session.is_open() || self.session.is_unsolicited() {
            return None;
        }
        if let Some(line) = self.sasl_line.take() {
            return Some(line);
        }
        if self.queue.sent() > 0 && !self.announces(Capabilities::has_pipelining) {
            return None;
        }
        let (kind, transmit) = self.queue.transmit()?;
        self.session.sent(kind);
        Some(transmit)
    }

    fn waiting_exchange(&mut self, id: CommandId) -> Result<&mut Exchange, SendError> {
        if !self.session.is_open() {
            return Err(SendError::Closed);
        }
        match self.queue.iter_mut().find(|request| request.id == id) {
            None => Err(SendError::UnknownCommand),
            Some(Request { shape: Shape::Auth(exchange), .. }) if exchange.is_waiting() => {
                Ok(exchange)
            }
            Some(_) => Err(SendError::NotAwaited),
        }
    }

    /// True if the server is known to have announced this.
    pub(super) fn announces(&self, has: fn(&Capabilities) -> bool) -> bool {
        self.capabilities.as_ref().is_some_and(has)
    }

    /// Whether the command may be sent now.
    fn check(&self, command: &Command<'_>, kind: CommandKind) -> Result<(), SendError> {
        let state = self.state();
        let not_allowed = SendError::NotAllowed { command: kind, state };
        if matches!(state, State::Update | State::Closed) {
            return Err(SendError::Closed);
        }
        if !state.allows(kind) {
            return Err(not_allowed);
        }
        if let Some(last) = self.queue.last()
            && last.kind.is_barrier()
        {
            return Err(SendError::Busy { command: kind, waits_for: last.kind });
        }
        let tls = self.config.transport == Transport::Tls;
        let consent =
            self.config.clear_text_credentials == ClearTextCredentials::SendThemInClearText;
        if kind.facts().credential && !tls && !consent {
            return Err(SendError::ClearText);
        }
        // RFC 6856 section 2: no STLS after UTF8.
        if kind == CommandKind::Stls && (tls || self.session.is_utf8()) {
            return Err(not_allowed);
        }
        if kind == CommandKind::Pass {
            self.check_pass()?;
        }
        self.check_capability(command, kind)?;
        self.fits(0)
    }

    /// PASS follows a USER that was accepted just before. Inside TLS and with PIPELINING it need
    /// not wait for the answer: if USER is refused then PASS fails, and no one can read it.
    fn check_pass(&self) -> Result<(), SendError> {
        const PASS: CommandKind = CommandKind::Pass;
        match self.queue.last() {
            None if self.session.user_accepted() => Ok(()),
            Some(last) if last.kind == CommandKind::User => {
                if self.announces(Capabilities::has_pipelining)
                    && self.config.transport == Transport::Tls
                {
                    Ok(())
                } else {
                    Err(SendError::Busy { command: PASS, waits_for: CommandKind::User })
                }
            }
            _ => Err(SendError::NotAllowed { command: PASS, state: self.state() }),
        }
    }

    /// Whether the server has what the command needs, as far as is known.
    fn check_capability(&self, command: &Command<'_>, kind: CommandKind) -> Result<(), SendError> {
        #[cfg(feature = "apop")]
        if kind == CommandKind::Apop && self.timestamp.is_none() {
            return Err(SendError::MissingCapability("APOP"));
        }
        if let Command::Auth { mechanism, .. } = command
            && self.config.quirks.only_advertised_mechanisms
            && !self.capabilities.as_ref().is_some_and(|known| known.has_mechanism(mechanism))
        {
            return Err(SendError::MissingCapability("the SASL mechanism"));
        }
        match (kind.facts().needs, &self.capabilities) {
            (Some(needed), Some(known)) if !known.announces(needed) => match kind {
                // Many servers leave USER out of CAPA. It means something only where TLS is offered
                // instead.
                CommandKind::User | CommandKind::Pass
                    if self.config.transport == Transport::Tls || !known.has_stls() =>
                {
                    Ok(())
                }
                CommandKind::User | CommandKind::Pass => Err(SendError::LoginDisabled),
                _ if self.config.quirks.unannounced => Ok(()),
                _ => Err(SendError::MissingCapability(needed)),
            },
            _ => Ok(()),
        }
    }

    /// Whether so many bytes more fit into the window.
    fn fits(&self, length: usize) -> Result<(), SendError> {
        let limits = &self.config.limits;
        if self.queue.len() >= limits.commands_in_flight {
            return Err(SendError::TooManyInFlight { limit: limits.commands_in_flight });
        }
        if self.queue.length() + length > limits.octets_in_flight {
            return Err(SendError::TooManyInFlight { limit: limits.octets_in_flight });
        }
        Ok(())
    }

    fn initial_response_on_line(&self, command: &Command<'_>) -> bool {
        let Command::Auth { mechanism, .. } = command else {
            return false;
        };
        let quirks = &self.config.quirks;
        let two_lines = quirks.auth_in_two_lines
            || (Exchange::is_oauth(mechanism) && !quirks.oauth_in_one_line);
        // RFC 5034 section 4: not to a server that may know no more than RFC 1734.
        !two_lines && self.announces(Capabilities::has_sasl)
    }

    /// Appends the digest of APOP, which the encoder cannot know.
    #[cfg_attr(
        not(feature = "apop"),
        expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "only APOP needs both")
    )]
    fn finish_encoding(&self, out: &mut BytesMut, command: &Command<'_>) -> Result<(), SendError> {
        #[cfg(feature = "apop")]
        if let (Command::Apop { secret, .. }, Some(timestamp)) = (command, &self.timestamp) {
            out.truncate(out.len() - 2);
            crate::apop::append_digest(out, timestamp, secret);
            let limit = self.config.limits.command;
            if out.len() > limit {
                return Err(SendError::TooLong { limit });
            }
        }
        #[cfg(not(feature = "apop"))]
        let _ = (out, command);
        Ok(())
    }
}
