//! POP3: the parse functions and the client machine.

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    ClearTextCredentials, Command, CommandId, Config, MessageNumber, ProtocolError, ReplyShape,
    Transport,
    client::{Connection, Event},
};

use crate::model::{self, Kind, Machine};

/// A client machine under a list of operations; [the model](crate) describes their form.
pub fn pop3_connection(data: &[u8]) {
    model::run::<Connection>(data);
}

/// Every parse function over one line.
pub fn pop3_parse(data: &[u8]) {
    use pop3_proto::parse;
    let line = data.strip_suffix(b"\r\n").unwrap_or(data);
    let _ = parse::response(line);
    if let Some(status) = parse::status_line(line) {
        // The rest of a line is part of the line.
        assert!(status.text.len() <= line.len());
    }
    if let Some((code, text)) = parse::response_code(line) {
        assert!(code.len() + text.len() <= line.len());
        let _ = parse::known_response_code(code);
    }
    if let Some(timestamp) = parse::timestamp(line) {
        assert!(timestamp.starts_with(b"<") && timestamp.ends_with(b">"));
    }
    let _ = parse::drop_listing(line);
    let _ = parse::scan_listing(line);
    let _ = parse::single_scan_listing(line);
    let _ = parse::unique_id_listing(line);
    let _ = parse::single_unique_id_listing(line);
    let _ = parse::capability(&Bytes::copy_from_slice(line));
    let _ = parse::lang_listing(line);
    let _ = parse::octets_hint(line);
}

impl Machine for Connection {
    type Id = CommandId;
    type Event = Event;
    type Error = ProtocolError;

    fn new(options: u8) -> Self {
        let bit = |place: u8| options >> place & 1 == 1;
        let mut config = Config::new(if bit(0) { Transport::Tls } else { Transport::Clear });
        if bit(1) {
            config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
        }
        if bit(2) {
            config.limits.status_line = 32;
            config.limits.listing_line = 32;
            config.limits.unique_id = 8;
            config.limits.listing_items = 3;
            config.limits.capability_lines = 2;
            config.limits.sasl_octets = 32;
            config.limits.sasl_rounds = 2;
            config.limits.body = Some(40);
            config.limits.body_chunk = 16;
            config.limits.commands_in_flight = 3;
        }
        if bit(3) {
            config.quirks.auth_in_two_lines = true;
            config.quirks.ok_is_first_challenge = true;
            config.quirks.single_listing_is_multi = true;
            config.quirks.strip_single_dot = true;
        }
        if bit(4) {
            config.quirks.only_advertised_mechanisms = true;
            config.quirks.strict_listings = true;
            config.quirks.utf8_credentials = true;
        }
        Self::new(config)
    }

    fn send(&mut self, which: u8, argument: &str) -> Option<CommandId> {
        let number = MessageNumber::new(1 + u32::from(which % 3))?;
        let command = match which {
            b'c' => Command::Capa,
            b't' => Command::Stls,
            b'u' => Command::User(argument),
            b'p' => Command::Pass(argument),
            b'a' | b'A' => {
                let (mechanism, said) = argument.split_once(' ').unwrap_or((argument, ""));
                Command::Auth {
                    mechanism,
                    initial_response: (which == b'A').then_some(said.as_bytes()),
                }
            }
            b's' => Command::Stat,
            b'l' => Command::List(None),
            b'L' => Command::List(Some(number)),
            b'i' => Command::Uidl(None),
            b'I' => Command::Uidl(Some(number)),
            b'r' => Command::Retr(number),
            b'T' => Command::Top { number, lines: 2 },
            b'd' => Command::Dele(number),
            b'n' => Command::Noop,
            b'z' => Command::Rset,
            b'q' => Command::Quit,
            b'8' => Command::Utf8,
            b'g' => Command::Lang(None),
            b'G' => Command::Lang(Some(argument)),
            _ => Command::Raw {
                line: argument,
                reply: match which % 3 {
                    0 => ReplyShape::Single,
                    1 => ReplyShape::Lines,
                    _ => ReplyShape::Body,
                },
            },
        };
        self.send(&command).ok()
    }

    fn answer(&mut self, id: CommandId, data: Bytes) {
        let _ = self.answer(id, data);
    }

    fn cancel(&mut self, id: CommandId) {
        let _ = self.cancel(id);
    }

    fn discard(&mut self, id: CommandId) {
        self.discard(id);
    }

    fn end_idle(&mut self, _: CommandId) {}

    fn withdraw(&mut self, id: CommandId) -> bool {
        self.withdraw(id)
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        self.poll_transmit().map(|transmit| transmit.bytes)
    }

    fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        self.poll_event(input)
    }

    fn tls(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        self.handle_tls_established(input)
    }

    fn eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        self.handle_eof(input)
    }

    fn in_flight(&self) -> usize {
        self.in_flight()
    }

    fn is_premature(error: &ProtocolError) -> bool {
        matches!(error, ProtocolError::Unsolicited { .. })
    }

    fn kind(event: Event) -> Kind<CommandId> {
        let text = format!("{event:?}");
        match event {
            Event::Body { chunk, .. } => Kind::Body(chunk),
            Event::Done { id, .. } | Event::StartTls { id, .. } => Kind::Done(id, text),
            _ => Kind::Other(text),
        }
    }
}
