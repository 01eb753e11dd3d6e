//! The client machine for tests that play the server by hand.

use bytes::BytesMut;
use imap_proto_lite::{
    AString, Atom, Command, CommandId, Config, ProtocolError, Transport,
    client::{Connection, Event},
};

/// An argument that holds this text.
pub(crate) fn argument(text: &str) -> AString<'_> {
    AString::new(text).unwrap()
}

/// An atom of this text.
pub(crate) fn atom(text: &str) -> Atom<'_> {
    Atom::new(text).unwrap()
}

/// A client configuration that every test can use.
pub(crate) fn config() -> Config {
    let mut config = Config::new(Transport::Tls);
    config.tag_seed = 7;
    config
}

/// All bytes that are ready.
pub(crate) fn transmitted(connection: &mut Connection) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(transmit) = connection.poll_transmit() {
        all.extend_from_slice(&transmit.bytes);
    }
    all
}

/// Sends a command and gives its id and tag.
pub(crate) fn send(connection: &mut Connection, command: &Command<'_>) -> (CommandId, String) {
    let id = connection.send(command).unwrap();
    let line = transmitted(connection);
    let tag = line.split(|octet| *octet == b' ').next().unwrap();
    (id, String::from_utf8(tag.to_vec()).unwrap())
}

/// Feeds bytes, cut after each of `cuts` bytes in turn, and gives the events.
pub(crate) fn feed(
    connection: &mut Connection,
    input: &mut BytesMut,
    octets: &[u8],
    mut cut: impl FnMut() -> usize,
) -> (Vec<Event>, Option<ProtocolError>) {
    let mut events = Vec::new();
    let mut rest = octets;
    loop {
        loop {
            match connection.poll_event(input) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
        if rest.is_empty() {
            return (events, None);
        }
        let (now, later) = rest.split_at(cut().clamp(1, rest.len()));
        input.extend_from_slice(now);
        rest = later;
    }
}

/// A connection that was greeted with `greeting`.
pub(crate) fn greeted(config: Config, greeting: &str) -> (Connection, BytesMut) {
    let mut connection = Connection::new(config);
    let mut input = BytesMut::from(greeting.as_bytes());
    assert!(matches!(connection.poll_event(&mut input), Ok(Some(Event::Greeting { .. }))));
    (connection, input)
}
