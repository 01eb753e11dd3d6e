//! `examples/imap_blocking.rs` against a server on the server machine, over sockets on loopback.

#[path = "../../examples/imap_blocking.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod example;

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener},
    thread, vec,
};

use bytes::BytesMut;
use imap_proto_lite::{
    ClearTextCredentials, Command, Response, SeqNumber, Transport,
    client::Event,
    section::Section,
    server::{self, Connection},
};

use crate::support::client::config;
use example::{Arguments, Session};

/// A server that says these lines, one per read, and then closes the connection.
struct Script {
    lines: vec::IntoIter<&'static str>,
    /// Reads after the end that are still allowed.
    ends: u32,
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(line) = self.lines.next() else {
            self.ends = self.ends.checked_sub(1).expect("the caller reads for ever");
            return Ok(0);
        };
        buffer[..line.len()].copy_from_slice(line.as_bytes());
        Ok(line.len())
    }
}

impl Write for Script {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_end_of_the_session_ends_the_loop() {
    let lines = vec!["* PREAUTH ready\r\n", "* BYE see you\r\n"].into_iter();
    let mut session = Session::new(Script { lines, ends: 3 }, config());
    assert!(matches!(session.next_event(), Ok(Event::Greeting { .. })));
    // A LOGOUT without its answer counts as answered.
    session.run(&Command::Logout, |_| Ok(())).unwrap();
    for _ in 0..2 {
        assert_eq!(session.next_event().unwrap_err().to_string(), "the session is over");
    }
}

/// Serves one session with these messages, in clear text.
fn serve(mut io: impl Read + Write, messages: &[Vec<u8>]) -> io::Result<()> {
    let mut config = server::Config::new(Transport::Clear);
    config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
    let mut machine = Connection::new(config);
    let mut input = BytesMut::new();
    machine.greet("ready").unwrap();
    loop {
        let event = machine.poll_event(&mut input).unwrap();
        let idle = event.is_none();
        match event {
            Some(server::Event::Login { password, responder, .. }) => {
                if password.as_bytes() == b"secret" {
                    responder.accept(&mut machine, "welcome").unwrap();
                } else {
                    responder.refuse(&mut machine, None, "no").unwrap();
                }
            }
            Some(server::Event::Select { mut responder, .. }) => {
                let exists = Response::Exists(u32::try_from(messages.len()).unwrap());
                responder.untagged(&mut machine, &exists).unwrap();
                responder.accept(&mut machine, true, "selected").unwrap();
            }
            Some(server::Event::Command { command, responder, .. }) => {
                let Command::Fetch { .. } = command.parse() else { panic!("{command:?}") };
                let newest = SeqNumber::new(u32::try_from(messages.len()).unwrap()).unwrap();
                let mut rest = messages.last().unwrap().as_slice();
                let fetch = responder.fetch(&mut machine, newest).unwrap();
                let size = rest.len() as u64;
                let mut body = fetch.body(&mut machine, &Section::full(), None, size).unwrap();
                while !rest.is_empty() {
                    rest = &rest[body.write(&mut machine, rest).unwrap()..];
                    flush(&mut io, &mut machine)?;
                }
                let responder = body.finish(&mut machine).unwrap().finish(&mut machine).unwrap();
                responder.ok(&mut machine, None, "fetched").unwrap();
            }
            Some(server::Event::Close) => {
                flush(&mut io, &mut machine)?;
                return Ok(());
            }
            Some(other) => panic!("not offered: {other:?}"),
            None => {}
        }
        if !flush(&mut io, &mut machine)? && idle {
            let mut chunk = [0; 4096];
            match io.read(&mut chunk)? {
                0 => return Ok(()),
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
    Ok(written)
}

/// What the example writes, in a session with a server on loopback.
fn session(messages: Vec<Vec<u8>>, password: &str) -> (Result<(), String>, Vec<u8>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = thread::spawn(move || serve(listener.accept().unwrap().0, &messages));
    let arguments = parse(&format!("--clear 127.0.0.1:{port} ann")).unwrap();
    let mut out = Vec::new();
    let outcome = example::run(&arguments, password, &mut out).map_err(|error| error.to_string());
    // The server may see its client vanish.
    let _ = served.join().unwrap();
    (outcome, out)
}

#[test]
fn the_newest_message_is_printed_unchanged() {
    let large = b"a line\r\n\0\xff)\r\n".repeat(40_000);
    for newest in [b"Subject: small\r\n\r\n.\r\n".to_vec(), large, Vec::new()] {
        let (outcome, out) = session(vec![b"the oldest\r\n".to_vec(), newest.clone()], "secret");
        assert_eq!(outcome, Ok(()));
        assert!(out == newest, "{} bytes of {}", out.len(), newest.len());
    }
    // An empty mailbox has no newest message.
    assert_eq!(session(vec![], "secret"), (Ok(()), vec![]));
}

#[test]
fn a_refusal_is_told_without_secrets() {
    let (outcome, out) = session(vec![b"x\r\n".to_vec()], "wr0ng");
    assert_eq!(outcome, Err("Login: no".to_owned()));
    assert_eq!(out, b"");
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
        ("mail.example ann", of(None, false, 993)),
        ("mail.example:1993 ann", of(None, false, 1993)),
        ("--clear mail.example ann", of(None, true, 143)),
        ("--ca roots.pem --clear mail.example:1 ann", of(Some("roots.pem"), true, 1)),
        ("", None),
        ("--help", None),
        ("--ca", None),
        ("mail.example", None),
        ("mail.example ann file", None),
        ("mail.example:port ann", None),
    ] {
        assert_eq!(parse(line), arguments, "{line}");
    }
}
