//! The server machines: the answers do not depend on how the client's bytes are cut.

use bytes::BytesMut;

/// A POP3 client's bytes, whole and one by one. The first byte chooses a configuration.
pub fn pop3_server(data: &[u8]) {
    both(data, pop3);
}

/// An IMAP client's bytes, whole and one by one. The first byte chooses a configuration.
pub fn imap_server(data: &[u8]) {
    both(data, imap);
}

fn both(data: &[u8], session: impl Fn(u8, &[u8], usize) -> Vec<u8>) {
    let Some((&options, octets)) = data.split_first() else {
        return;
    };
    let whole = session(options, octets, octets.len().max(1));
    let cut = session(options, octets, 1);
    assert_eq!(
        whole.escape_ascii().to_string(),
        cut.escape_ascii().to_string(),
        "the cutting of the input changed the answers"
    );
}

const MESSAGE: &[u8] = b"Subject: x\r\n\r\n.dot\r\n..\r\nno end";

fn pop3(options: u8, octets: &[u8], cut: usize) -> Vec<u8> {
    use pop3_proto::{
        Transport, UniqueId,
        server::{Config, Connection, Event, Maildrop, MaildropMessage},
    };
    let mut config = Config::new(if options & 1 == 0 { Transport::Clear } else { Transport::Tls });
    config.mechanisms = vec!["PLAIN".into(), "XOAUTH2".into()];
    config.lf_commands = options & 2 != 0;
    config.screen = options & 4 != 0;
    config.limits.bad_commands = 100;
    let mut server = Connection::new(config);
    assert!(server.greet("ready", None).is_ok());
    let maildrop = || -> Maildrop {
        let ids = ["a", "b"].into_iter().filter_map(UniqueId::new);
        ids.filter_map(|id| MaildropMessage::new(30, id)).collect()
    };
    let mut input = BytesMut::new();
    let mut said = Vec::new();
    for piece in octets.chunks(cut) {
        input.extend_from_slice(piece);
        loop {
            let before = said.len();
            while let Some(transmit) = server.poll_transmit() {
                said.extend_from_slice(&transmit.bytes);
            }
            let answered = match server.poll_event(&mut input) {
                Ok(Some(Event::Screen { name, responder, .. })) => {
                    if name.len() % 3 == 0 {
                        responder.refuse(&mut server, "-ERR screened")
                    } else {
                        responder.pass(&mut server)
                    }
                }
                Ok(Some(Event::Login { responder, .. })) => {
                    responder.accept(&mut server, maildrop(), "in")
                }
                Ok(Some(Event::Auth { responder, .. })) => {
                    responder.challenge(&mut server, b"more")
                }
                Ok(Some(Event::AuthResponse { data, responder, .. })) => {
                    if data.as_bytes().is_empty() {
                        responder.refuse(&mut server, None, "no")
                    } else {
                        responder.accept(&mut server, maildrop(), "in")
                    }
                }
                Ok(Some(Event::Retr { responder, .. } | Event::Top { responder, .. })) => {
                    responder.accept(&mut server, "follows").and_then(|mut writer| {
                        let taken = writer.write(&mut server, MESSAGE)?;
                        assert_eq!(taken, MESSAGE.len());
                        writer.finish(&mut server).map(drop)
                    })
                }
                Ok(Some(Event::Quit { responder, .. })) => responder.committed(&mut server, "bye"),
                Ok(Some(Event::StartTls | Event::Close)) => {
                    while let Some(transmit) = server.poll_transmit() {
                        said.extend_from_slice(&transmit.bytes);
                    }
                    return said;
                }
                Ok(Some(_)) => Ok(()),
                // The machine may wait until its own answer is written.
                Ok(None)
                    if said.len() == before
                        && server
                            .poll_transmit()
                            .map(|more| said.extend_from_slice(&more.bytes))
                            .is_none() =>
                {
                    break;
                }
                Ok(None) => Ok(()),
                Err(_) => return said,
            };
            assert!(answered.is_ok(), "{answered:?}");
        }
    }
    let _ = server.handle_eof(&input);
    assert!(server.poll_transmit().is_none(), "something to say to nobody");
    said
}

fn imap(options: u8, octets: &[u8], cut: usize) -> Vec<u8> {
    use imap_proto_lite::{
        CommandKind, SeqNumber, Transport,
        section::Section,
        server::{Config, Connection, Event},
    };
    let mut config = Config::new(if options & 1 == 0 { Transport::Clear } else { Transport::Tls });
    config.mechanisms = vec!["PLAIN".into(), "XOAUTH2".into()];
    config.lf_commands = options & 2 != 0;
    config.screen = options & 8 != 0;
    config.limits.bad_commands = 100;
    let mut server = Connection::new(config);
    let greeted =
        if options & 4 == 0 { server.greet("x") } else { server.greet_authenticated("x") };
    assert!(greeted.is_ok());
    let mut input = BytesMut::new();
    let mut said = Vec::new();
    for piece in octets.chunks(cut) {
        input.extend_from_slice(piece);
        loop {
            let before = said.len();
            while let Some(transmit) = server.poll_transmit() {
                said.extend_from_slice(&transmit.bytes);
            }
            let answered = match server.poll_event(&mut input) {
                Ok(Some(Event::Screen { name, responder, .. })) => {
                    if name.len() % 3 == 0 {
                        responder.refuse(&mut server, "NO screened")
                    } else {
                        responder.pass(&mut server)
                    }
                }
                Ok(Some(Event::Login { responder, .. })) => responder.accept(&mut server, "in"),
                Ok(Some(Event::Authenticate { responder, .. })) => {
                    responder.challenge(&mut server, b"more")
                }
                Ok(Some(Event::AuthResponse { data, responder, .. })) => {
                    if data.as_bytes().is_empty() {
                        responder.refuse(&mut server, None, "no")
                    } else {
                        responder.accept(&mut server, "in")
                    }
                }
                Ok(Some(Event::Select { responder, .. })) => {
                    responder.accept(&mut server, false, "open")
                }
                Ok(Some(Event::Append { octets, responder, .. })) => {
                    if octets % 2 == 0 {
                        responder.accept(&mut server)
                    } else {
                        responder.refuse(&mut server, None, "odd")
                    }
                }
                Ok(Some(Event::AppendEnd { responder, .. })) => {
                    responder.ok(&mut server, None, "stored")
                }
                Ok(Some(Event::Command { command, responder, .. })) => {
                    // Reading never fails.
                    let shown = format!("{command:?}");
                    assert!(!shown.is_empty());
                    match (command.kind(), SeqNumber::new(1)) {
                        (CommandKind::Fetch, Some(sequence)) => responder
                            .fetch(&mut server, sequence)
                            .and_then(|writer| {
                                let length = MESSAGE.len() as u64;
                                let mut body =
                                    writer.body(&mut server, &Section::full(), None, length)?;
                                assert_eq!(body.write(&mut server, MESSAGE)?, MESSAGE.len());
                                body.finish(&mut server)?.finish(&mut server)
                            })
                            .and_then(|responder| responder.ok(&mut server, None, "fetched")),
                        _ => responder.ok(&mut server, None, "done"),
                    }
                }
                Ok(Some(Event::StartTls | Event::StartCompression | Event::Close)) => {
                    while let Some(transmit) = server.poll_transmit() {
                        said.extend_from_slice(&transmit.bytes);
                    }
                    return said;
                }
                Ok(Some(_)) => Ok(()),
                // The machine may wait until its own answer is written.
                Ok(None)
                    if said.len() == before
                        && server
                            .poll_transmit()
                            .map(|more| said.extend_from_slice(&more.bytes))
                            .is_none() =>
                {
                    break;
                }
                Ok(None) => Ok(()),
                Err(_) => return said,
            };
            assert!(answered.is_ok(), "{answered:?}");
        }
    }
    let _ = server.handle_eof(&input);
    said
}
