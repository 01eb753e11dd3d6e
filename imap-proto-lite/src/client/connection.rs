//! The client machine: its parts, its getters, and the events of its transport.

use alloc::collections::VecDeque;
use core::fmt;

use bytes::{Bytes, BytesMut};

use crate::{
    client::{
        Event,
        request::{Outbox, Request, Tags},
        state::Session,
    },
    command::CommandKind,
    config::{Config, Transport},
    error::ProtocolError,
    event::{CommandId, Status},
    frame::Framer,
    state::State,
    types::Capabilities,
    wire::IString,
};

/// The client's end of a connection. The [module](super) lists its methods by family.
///
/// Dropping it sends nothing.
pub struct Connection {
    pub(super) config: Config,
    pub(super) session: Session,
    pub(super) framer: Framer,
    pub(super) tags: Tags,
    pub(super) next_id: CommandId,
    pub(super) requests: VecDeque<Request>,
    pub(super) outbox: Outbox,
    /// Events that need no input.
    pub(super) ready: VecDeque<Event>,
    pub(super) capabilities: Option<Capabilities>,
    pub(super) enabled: Capabilities,
    pub(super) failed: Option<ProtocolError>,
}

impl Connection {
    /// A connection before the greeting.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        config.limits = config.limits.clamped();
        Self {
            session: Session::new(),
            framer: Framer::new(&config.limits, &config.quirks),
            tags: Tags::new(config.tag_seed),
            next_id: CommandId::FIRST,
            requests: VecDeque::new(),
            outbox: Outbox::default(),
            ready: VecDeque::new(),
            capabilities: None,
            enabled: Capabilities::default(),
            failed: None,
            config,
        }
    }

    // Getters.

    /// The state that the server has confirmed.
    pub fn state(&self) -> State {
        self.session.state()
    }

    /// The capabilities that the server announced last, without
    /// [`Config::hidden_capabilities`]. `None` if it has announced none since the start, STARTTLS
    /// or the login: send CAPABILITY then.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// The capabilities that ENABLE has switched on (RFC 5161).
    pub fn enabled(&self) -> &Capabilities {
        &self.enabled
    }

    /// How many commands were accepted whose [`Done`](super::Event::Done) was not polled yet.
    pub fn in_flight(&self) -> usize {
        let done = self.ready.iter().filter(|event| matches!(event, Event::Done { .. }));
        self.requests.len() + done.count()
    }

    /// How the bytes travel, as far as the machine was told.
    pub fn transport(&self) -> Transport {
        self.config.transport
    }

    /// The error that ended the connection.
    pub fn error(&self) -> Option<&ProtocolError> {
        self.failed.as_ref()
    }

    /// The tag of a command, until it is answered. For logging. Use
    /// [`command_of`](Self::command_of) to go from a tag to its command.
    #[must_use]
    pub fn tag(&self, id: CommandId) -> Option<&str> {
        self.requests.iter().find(|request| request.id == id).map(|request| request.tag.as_str())
    }

    /// The unanswered command that untagged data names by its tag, as in
    /// [`Esearch::tag`](crate::response::Esearch::tag) (RFC 9051 section 7.3.4) and INPROGRESS
    /// (RFC 9585). Ask before the [`Done`](super::Event::Done) of the command. `None` if the server
    /// has seen no command with this tag: the data answers none of ours.
    ///
    /// ```
    /// # use bytes::BytesMut;
    /// # use imap_proto_lite::{Config, Response, Transport, client::{Connection, Event}, parse};
    /// # let mut machine = Connection::new(Config::new(Transport::Tls));
    /// # let mut input = BytesMut::from(&b"* PREAUTH ready\r\n"[..]);
    /// # machine.poll_event(&mut input)?;
    /// # let (_, select) = parse::command(b"a SELECT INBOX\r\n")?;
    /// # let id = machine.send(&select)?;
    /// # while machine.poll_transmit().is_some() {}
    /// # let answer = format!("{} OK selected\r\n", machine.tag(id).unwrap());
    /// # input.extend_from_slice(answer.as_bytes());
    /// # machine.poll_event(&mut input)?;
    /// # let (_, unseen) = parse::command(b"a UID SEARCH RETURN (ALL) UNSEEN\r\n")?;
    /// # let (_, flagged) = parse::command(b"a UID SEARCH RETURN (ALL) FLAGGED\r\n")?;
    /// // Two searches at once, and the second is answered first.
    /// let unseen = machine.send(&unseen)?;
    /// let flagged = machine.send(&flagged)?;
    /// # while machine.poll_transmit().is_some() {}
    /// # let tag = machine.tag(flagged).unwrap();
    /// # input.extend_from_slice(format!("* ESEARCH (TAG \"{tag}\") UID ALL 4:6\r\n").as_bytes());
    /// let Some(Event::Untagged(line)) = machine.poll_event(&mut input)? else { panic!() };
    /// let Response::Esearch(result) = line.response() else { panic!() };
    /// assert_eq!(result.tag.and_then(|tag| machine.command_of(&tag)), Some(flagged));
    /// # assert_ne!(unseen, flagged);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn command_of(&self, tag: &IString<'_>) -> Option<CommandId> {
        self.requests
            .iter()
            .find(|request| request.on_wire && *tag == *request.tag.as_bytes())
            .map(|request| request.id)
    }

    // What happened to the transport.

    /// The TLS handshake after [`StartTls`](Event::StartTls) succeeded. The new machine knows
    /// nothing that was said in clear text: no capabilities, no pending bytes. Its command ids and
    /// tags go on.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::InputAfterStartTls`] if `input`, the bytes received in clear text, is not
    /// empty: an attacker may have put them there. [`ProtocolError::NoStartTls`] if there was no
    /// such event. Close the transport.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        self.check_failed()?;
        if self.state() != State::TlsNegotiation {
            return Err(ProtocolError::NoStartTls);
        }
        if !input.is_empty() {
            return Err(ProtocolError::InputAfterStartTls);
        }
        let fresh = Self::new(Config { transport: Transport::Tls, ..self.config });
        let session = Session::after_tls();
        Ok(Self { session, tags: self.tags, next_id: self.next_id, ..fresh })
    }

    /// Goes on after [`StartCompression`](Event::StartCompression) (RFC 4978). The content of
    /// `input` is compressed already: it is taken out and given back. Inflate it, and all later
    /// input, into an input of plain bytes (a bounded number at a time: deflate can expand a
    /// thousandfold). Deflate the polled bytes, with a flush after each command.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::NoStartTls`] if there was no such event.
    pub fn handle_compressed(&mut self, input: &mut BytesMut) -> Result<Bytes, ProtocolError> {
        self.check_failed()?;
        if !self.session.compressed() {
            return Err(ProtocolError::NoStartTls);
        }
        Ok(input.split().freeze())
    }

    /// The transport ended. Poll once more: a LOGOUT without its answer counts as answered, and its
    /// `Done` comes. Then the session is over, and [`poll_event`](Self::poll_event) returns `None`
    /// for ever.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::UnexpectedEof`] before BYE or LOGOUT, and if other commands are unanswered.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        self.check_failed()?;
        let logged_out = self.state() == State::Logout;
        if logged_out && !self.session.is_open() {
            // It ended before.
            return Ok(());
        }
        let is_logout = |request: &Request| request.kind == CommandKind::Logout && request.on_wire;
        let logout_only = self.requests.iter().all(is_logout);
        let expected = logged_out || (!self.requests.is_empty() && self.framer.at_boundary(input));
        if !(self.session.is_open() && logout_only && expected) {
            let during = self.requests.front().map(|request| request.kind);
            let in_flight = self.in_flight();
            return Err(self.fail(ProtocolError::UnexpectedEof { in_flight, during }));
        }
        self.session.ended();
        self.session.closed();
        self.outbox.clear();
        if let Some(request) = self.requests.pop_front() {
            self.ready.push_back(Event::unanswered(request.id, Status::Ok));
        }
        Ok(())
    }

    /// The error that ended the connection, again for each call.
    pub(super) fn check_failed(&self) -> Result<(), ProtocolError> {
        self.failed.clone().map_or(Ok(()), Err)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state())
            .field("in_flight", &self.in_flight())
            .field("capabilities", &self.capabilities)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
