//! Invariant 10, and threats T1 and T3: octets that somebody puts in between.

use bytes::BytesMut;
use pop3_proto::{
    Command, Config, MessageNumber, ProtocolError, Transport,
    client::{Connection, Event, State},
};

use crate::support::random::pipelining;

/// T1, T2 and what is forgotten at the handover.
#[test]
fn invariant_10_no_injection_and_t1() {
    for behind in [&b""[..], b"+", b"+OK\r\n", b"+OK injected\r\n+OK\r\n", b"\0"] {
        let mut machine = Connection::new(Config::new(Transport::Clear));
        let mut input = BytesMut::from("+OK <1.2@example.org>\r\n");
        machine.poll_event(&mut input).unwrap();
        machine.send(&Command::Capa).unwrap();
        while machine.poll_transmit().is_some() {}
        input.extend_from_slice(b"+OK\r\nSTLS\r\nPIPELINING\r\n.\r\n");
        while machine.poll_event(&mut input).unwrap().is_some() {}
        assert!(machine.capabilities().is_some());
        let id = machine.send(&Command::Stls).unwrap();
        while machine.poll_transmit().is_some() {}
        input.extend_from_slice(b"+OK\r\n");
        input.extend_from_slice(behind);
        let event = machine.poll_event(&mut input).unwrap();
        assert!(matches!(event, Some(Event::StartTls { id: answered, .. }) if answered == id));
        assert_eq!(&input[..], behind, "nothing of it was read");
        match machine.handle_tls_established(&input) {
            Ok(mut fresh) => {
                assert_eq!(behind, b"");
                assert_eq!(fresh.capabilities(), None);
                assert_eq!(
                    (fresh.state(), fresh.transport()),
                    (State::Authorization, Transport::Tls)
                );
                assert!(fresh.send(&Command::Capa).unwrap() > id, "ids go on");
            }
            Err(error) => {
                assert_ne!(behind, b"");
                assert_eq!(error, ProtocolError::InputAfterStartTls);
            }
        }
    }
}

/// T3: an answer that was there before its command was written is forged, even if the caller writes before it polls.
#[test]
fn t3_an_answer_before_its_command() {
    let mut machine = pipelining();
    machine.send(&Command::Retr(MessageNumber::new(1).unwrap())).unwrap();
    while machine.poll_transmit().is_some() {}
    let mut input = BytesMut::from("+OK\r\nmail\r\n.\r\n+OK forged\r\n");
    while !matches!(machine.poll_event(&mut input).unwrap(), Some(Event::Done { .. })) {}
    machine.send(&Command::Dele(MessageNumber::new(1).unwrap())).unwrap();
    assert_eq!(machine.poll_transmit(), None, "nothing more is sent to whoever forges answers");
    let error = machine.poll_event(&mut input).unwrap_err();
    assert!(matches!(error, ProtocolError::Unsolicited { .. }));
}
