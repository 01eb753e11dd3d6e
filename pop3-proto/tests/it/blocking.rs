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
    ClearTextCredentials, MessageNumber, ProtocolError, ResponseCode, Transport, UniqueId,
    server::{Config, Connection, Event, Maildrop, MaildropMessage},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::PrivatePkcs8KeyDer,
};

use example::Arguments;

/// How a served session ended.
#[derive(PartialEq, Eq, Debug)]
enum End {
    Quit(Vec<MessageNumber>),
    Lost(ProtocolError),
}

/// Serves one session. Of a message of more than `most` bytes only `most` are sent, then the
/// connection is closed.
fn serve(
    mut io: impl Read + Write,
    config: Config,
    messages: &[Vec<u8>],
    most: usize,
) -> io::Result<End> {
    let mut machine = Connection::new(config);
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
        let end = serve(&mut io, Config::new(Transport::Tls), &messages, most);
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
        let config = pop3_proto::Config::new(Transport::Tls);
        example::newest(StreamOwned::new(connection, io), config, "ann", password, &mut out)
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

/// Recorded answers, one for each read. Writes are dropped.
struct Answers<R>(R);

impl<R: Read> Read for Answers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R> Write for Answers<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn waiting_after_the_end_of_a_session_is_an_error() {
    let answers = b"+OK ready\r\n".chain(&b"+OK bye\r\n"[..]);
    let mut session =
        example::Session::new(Answers(answers), pop3_proto::Config::new(Transport::Tls));
    session.next_event().unwrap();
    session.run(&pop3_proto::Command::Quit, |_| Ok(())).unwrap();
    for _ in 0..2 {
        assert_eq!(session.next_event().unwrap_err().to_string(), "the session is over");
    }
}

fn parse(line: &str) -> Option<Arguments> {
    Arguments::parse(line.split_whitespace().map(str::to_owned))
}

#[test]
fn a_command_line_names_host_port_and_user() {
    let of = |ca: Option<&str>, clear, port| {
        Some(Arguments {
            ca: ca.map(str::to_owned),
            clear,
            host: "mail.example".to_owned(),
            port,
            user: "ann".to_owned(),
        })
    };
    for (line, arguments) in [
        ("mail.example ann", of(None, false, 995)),
        ("mail.example:1995 ann", of(None, false, 1995)),
        ("--ca roots.pem mail.example ann", of(Some("roots.pem"), false, 995)),
        ("--clear mail.example ann", of(None, true, 110)),
        ("--clear --ca roots.pem mail.example:1 ann", of(Some("roots.pem"), true, 1)),
        ("--ca roots.pem --clear mail.example:1 ann", of(Some("roots.pem"), true, 1)),
        ("", None),
        ("--help", None),
        ("--help mail.example", None),
        ("--ca", None),
        ("mail.example", None),
        ("mail.example ann file", None),
        ("mail.example:port ann", None),
        ("mail.example:65536 ann", None),
        (":995 ann", None),
    ] {
        assert_eq!(parse(line), arguments, "{line}");
    }
}

#[test]
fn clear_text_is_for_servers_on_this_machine() {
    let message = b"Subject: clear\r\n\r\n".to_vec();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let messages = vec![message.clone()];
    let served = thread::spawn(move || {
        let mut config = Config::new(Transport::Clear);
        config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
        serve(listener.accept().unwrap().0, config, &messages, usize::MAX)
    });
    let mut out = Vec::new();
    let arguments = parse(&format!("--clear 127.0.0.1:{port} ann")).unwrap();
    example::run(&arguments, "secret", &mut out).unwrap();
    assert_eq!(out, message);
    assert_eq!(served.join().unwrap().unwrap(), End::Quit(vec![]));

    // The address is reserved for documentation: nothing is connected to.
    let arguments = parse("--clear 192.0.2.1 ann").unwrap();
    let error = example::run(&arguments, "secret", &mut out).unwrap_err();
    assert!(error.to_string().contains("on this machine"), "{error}");
}
