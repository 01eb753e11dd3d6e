//! `examples/pop3_blocking.rs` against a server on the server machine: sockets on loopback,
//! threads, TLS by rustls on both sides.

#[path = "../../examples/pop3_blocking.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod example;

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use bytes::BytesMut;
use pop3_proto::{
    MessageNumber, ProtocolError, ResponseCode, Transport, UniqueId,
    server::{Config, Connection, Event, Maildrop, MaildropMessage},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::PrivatePkcs8KeyDer,
};

/// How a served session ended.
#[derive(PartialEq, Eq, Debug)]
enum End {
    Quit(Vec<MessageNumber>),
    Lost(ProtocolError),
}

/// Serves one session. Of a message of more than `most` bytes only `most` are sent, then the
/// connection is closed.
fn serve(mut io: impl Read + Write, messages: &[Vec<u8>], most: usize) -> io::Result<End> {
    let mut machine = Connection::new(Config::new(Transport::Tls));
    let mut input = BytesMut::new();
    let mut removed = Vec::new();
    machine.greet("ready", None).unwrap();
    loop {
        let event = match machine.poll_event(&mut input) {
            Ok(event) => event,
            Err(error) => return Ok(End::Lost(error)),
        };
        let idle = event.is_none();
        match event {
            Some(Event::Login { user, password, responder, .. }) => {
                if user == "ann" && password.as_str() == Some("secret") {
                    let message = |(message, number): (&Vec<u8>, u32)| {
                        let unique_id = UniqueId::new(format!("id-{number}")).unwrap();
                        MaildropMessage::new(message.len() as u64, unique_id).unwrap()
                    };
                    let maildrop: Maildrop = messages.iter().zip(1..).map(message).collect();
                    responder.accept(&mut machine, maildrop, "welcome").unwrap();
                } else {
                    responder.refuse(&mut machine, Some(ResponseCode::Auth), "no").unwrap();
                }
            }
            Some(Event::Retr { number, responder, .. }) => {
                let message = &messages[number.get() as usize - 1];
                let mut rest = &message[..message.len().min(most)];
                let mut writer = responder.accept(&mut machine, "here").unwrap();
                while !rest.is_empty() {
                    rest = &rest[writer.write(&mut machine, rest).unwrap()..];
                    flush(&mut io, &mut machine)?;
                }
                if message.len() > most {
                    writer.abort(&mut machine).unwrap();
                } else {
                    writer.finish(&mut machine).unwrap();
                }
            }
            Some(Event::Quit { deleted, responder, .. }) => {
                removed = deleted;
                responder.committed(&mut machine, "bye").unwrap();
            }
            Some(Event::Close) => {
                flush(&mut io, &mut machine)?;
                return Ok(End::Quit(removed));
            }
            Some(other) => panic!("not offered: {other:?}"),
            None => {}
        }
        if !flush(&mut io, &mut machine)? && idle {
            let mut chunk = [0; 4096];
            match io.read(&mut chunk)? {
                0 => match machine.handle_eof(&input) {
                    Ok(()) => return Ok(End::Quit(removed)),
                    Err(error) => return Ok(End::Lost(error)),
                },
                n => input.extend_from_slice(&chunk[..n]),
            }
        }
    }
}

fn flush(io: &mut impl Write, machine: &mut Connection) -> io::Result<bool> {
    let mut written = false;
    while let Some(transmit) = machine.poll_transmit() {
        io.write_all(&transmit.bytes)?;
        written = true;
    }
    io.flush()?;
    Ok(written)
}

/// The client's side of a session with a server on loopback, and how that session ended for the
/// server.
fn session(
    messages: Vec<Vec<u8>>,
    most: usize,
    password: &str,
) -> (Result<(), String>, Vec<u8>, io::Result<End>) {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = key.cert.der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.clone()],
            PrivatePkcs8KeyDer::from(key.signing_key.serialize_der()).into(),
        )
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let served = thread::spawn(move || {
        let (io, _) = listener.accept().unwrap();
        let mut io = StreamOwned::new(ServerConnection::new(Arc::new(server)).unwrap(), io);
        let end = serve(&mut io, &messages, most);
        io.conn.send_close_notify();
        // The client may be gone already.
        let _ = io.flush();
        end
    });
    let mut out = Vec::new();
    let outcome = {
        let io = TcpStream::connect(address).unwrap();
        let name = "localhost".try_into().unwrap();
        let connection = ClientConnection::new(Arc::new(client), name).unwrap();
        example::newest(StreamOwned::new(connection, io), "ann", password, &mut out)
            .map_err(|error| error.to_string())
    };
    (outcome, out, served.join().unwrap())
}

#[test]
fn the_newest_message_is_printed_unchanged() {
    let large =
        [b".dots\r\n..\r\n\0\xff and a long line ".repeat(40_000), b"\r\n".to_vec()].concat();
    for newest in [b"Subject: small\r\n\r\n.\r\n".to_vec(), large] {
        let messages = vec![b"the oldest\r\n".to_vec(), newest.clone()];
        let (outcome, out, end) = session(messages, usize::MAX, "secret");
        assert_eq!(outcome, Ok(()));
        assert!(out == newest, "{} octets of {}", out.len(), newest.len());
        assert_eq!(end.unwrap(), End::Quit(vec![]), "nothing is deleted");
    }
    // An empty maildrop has no newest message.
    let (outcome, out, _) = session(vec![], usize::MAX, "secret");
    assert_eq!((outcome, out), (Ok(()), vec![]));
}

#[test]
fn a_refusal_is_told_without_secrets() {
    let (outcome, out, end) = session(vec![b"x\r\n".to_vec()], usize::MAX, "wr0ng");
    let error = outcome.unwrap_err();
    assert!(error.ends_with(": no") && !error.contains("wr0ng"), "{error}");
    assert_eq!(out, b"");
    // The client is gone without QUIT: with or without an end of TLS, nothing was removed.
    assert!(!matches!(end, Ok(End::Quit(_))), "{end:?}");
}

#[test]
fn an_incomplete_message_is_an_error() {
    let message = b"a line\r\n".repeat(10_000);
    let (outcome, out, _) = session(vec![message.clone()], 30_000, "secret");
    assert!(outcome.unwrap_err().contains("connection closed"));
    assert!(message.starts_with(&out) && out.len() < message.len());
}
