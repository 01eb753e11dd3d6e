//! A client machine with its buffer, for tests that play the server by hand.

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    Command, CommandId, Config, MessageNumber, ResponseCode, Status, Transport,
    client::{Connection, Event, State},
};

/// A machine, and what it was told and has sent.
pub(crate) struct Client {
    pub(crate) machine: Connection,
    pub(crate) input: BytesMut,
    /// Each piece, and whether it holds a secret.
    pub(crate) sent: Vec<(Bytes, bool)>,
}

impl Client {
    pub(crate) fn new(config: Config, greeting: &str) -> Self {
        let mut client =
            Self { machine: Connection::new(config), input: BytesMut::new(), sent: Vec::new() };
        client.hear(greeting);
        client
    }

    pub(crate) fn greeted() -> Self {
        Self::new(Config::new(Transport::Tls), "+OK\r\n")
    }

    pub(crate) fn logged_in() -> Self {
        let mut client = Self::greeted();
        client.exchange(&Command::User("u"), "+OK\r\n");
        client.exchange(&Command::Pass("p"), "+OK\r\n");
        assert_eq!(client.machine.state(), State::Transaction);
        client
    }

    pub(crate) fn send(&mut self, command: &Command<'_>) -> CommandId {
        let id = self.machine.send(command).unwrap();
        self.transmit();
        id
    }

    pub(crate) fn transmit(&mut self) {
        while let Some(transmit) = self.machine.poll_transmit() {
            self.sent.push((transmit.bytes, transmit.sensitive));
        }
    }

    /// The events of these bytes.
    pub(crate) fn hear(&mut self, octets: &str) -> Vec<Event> {
        self.input.extend_from_slice(octets.as_bytes());
        let mut events = Vec::new();
        while let Some(event) = self.machine.poll_event(&mut self.input).unwrap() {
            events.push(event);
        }
        self.transmit();
        events
    }

    pub(crate) fn exchange(&mut self, command: &Command<'_>, answer: &str) -> Vec<Event> {
        self.send(command);
        self.hear(answer)
    }
}

pub(crate) fn number(number: u32) -> MessageNumber {
    MessageNumber::new(number).unwrap()
}

/// Status and code of the `Done` that ends these events.
pub(crate) fn done(events: &[Event]) -> (Status, Option<ResponseCode>) {
    match events.last() {
        Some(Event::Done { status, code, .. }) => (*status, code.clone()),
        other => panic!("{other:?}"),
    }
}
