//! The client machine against the server machine, in memory.

use bytes::{Buf, Bytes, BytesMut};
use pop3_proto::{
    Command, CommandId, Config, Expire, MessageNumber, ResponseCode, Status, Transport, UniqueId,
    client::{self, Event},
    server::{self, BodyWriter, Language, Maildrop, MaildropMessage},
};

/// Both machines, and two pipes between them that hold `window` bytes each.
pub(crate) struct Pair {
    pub(crate) client: client::Connection,
    pub(crate) server: server::Connection,
    pub(crate) client_input: BytesMut,
    pub(crate) server_input: BytesMut,
    /// Written by one side, not yet read by the other.
    pub(crate) to_client: BytesMut,
    pub(crate) to_server: BytesMut,
    pub(crate) window: usize,
    pub(crate) cut: Box<dyn FnMut() -> usize>,
    pub(crate) backend: Backend,
    pub(crate) events: Vec<Event>,
    pub(crate) closed: bool,
    pub(crate) most_output: usize,
}

/// The application of the server.
#[derive(Default)]
pub(crate) struct Backend {
    pub(crate) messages: Vec<Bytes>,
    pub(crate) removed: Option<Vec<MessageNumber>>,
    pub(crate) commit_fails: bool,
    /// A message that is being written, and how far.
    pub(crate) writing: Option<(BodyWriter, Bytes)>,
    pub(crate) octets_written: Vec<u64>,
}

impl Pair {
    pub(crate) fn new(messages: Vec<Bytes>, transport: Transport) -> Self {
        let mut config = server::Config::new(transport);
        config.mechanisms = vec!["PLAIN".to_owned(), "XOAUTH2".to_owned(), "X-TALK".to_owned()];
        config.languages = vec![Language::new("en", "English"), Language::new("de-AT", "Deutsch")];
        config.utf8 = true;
        config.expire = Some(Expire::Never);
        config.login_delay = Some(0);
        config.implementation = Some("pair".to_owned());
        let mut client = Config::new(transport);
        client.limits.command = 1024;
        Self {
            client: client::Connection::new(client),
            server: server::Connection::new(config),
            client_input: BytesMut::new(),
            server_input: BytesMut::new(),
            to_client: BytesMut::new(),
            to_server: BytesMut::new(),
            window: 4096,
            cut: Box::new(|| usize::MAX),
            backend: Backend { messages, ..Backend::default() },
            events: Vec::new(),
            closed: false,
            most_output: 0,
        }
    }

    pub(crate) fn greeted(messages: Vec<Bytes>) -> Self {
        let mut pair = Self::new(messages, Transport::Tls);
        pair.server.greet("ready", None).unwrap();
        pair.run();
        pair
    }

    pub(crate) fn logged_in(messages: Vec<Bytes>) -> Self {
        let mut pair = Self::greeted(messages);
        pair.done(&Command::User("user"));
        assert_eq!(pair.done(&Command::Pass("right")), Status::Ok);
        pair.done(&Command::Capa);
        pair
    }

    /// Moves bytes and lets both sides act until nothing happens any more.
    pub(crate) fn run(&mut self) {
        while self.step() {}
    }

    /// True if anything happened.
    pub(crate) fn step(&mut self) -> bool {
        let mut acted = false;
        // Each side writes only as much as the pipe holds, and reads only a piece of its content.
        while self.to_server.len() < self.window
            && let Some(transmit) = self.client.poll_transmit()
        {
            self.to_server.extend_from_slice(&transmit.bytes);
            acted = true;
        }
        if self.to_client.len() < self.window
            && let Some(transmit) = self.server.poll_transmit()
        {
            self.most_output = self.most_output.max(transmit.bytes.len());
            self.to_client.extend_from_slice(&transmit.bytes);
            acted = true;
        }
        acted |= Self::carry(&mut self.to_server, &mut self.server_input, (self.cut)());
        acted |= Self::carry(&mut self.to_client, &mut self.client_input, (self.cut)());
        while let Some(event) = self.client.poll_event(&mut self.client_input).unwrap() {
            self.events.push(event);
            acted = true;
        }
        acted |= self.write_more();
        if let Some(event) = self.server.poll_event(&mut self.server_input).unwrap() {
            self.serve(event);
            acted = true;
        }
        acted
    }

    pub(crate) fn carry(from: &mut BytesMut, to: &mut BytesMut, most: usize) -> bool {
        let octets = from.len().min(most.max(1));
        to.extend_from_slice(&from.split_to(octets));
        octets > 0
    }

    pub(crate) fn serve(&mut self, event: server::Event) {
        let server = &mut self.server;
        let maildrop = || {
            let messages = self.backend.messages.iter().enumerate();
            let message = |(index, message): (usize, &Bytes)| {
                MaildropMessage::new(
                    message.len() as u64,
                    UniqueId::new(format!("id-{}", index + 1)).unwrap(),
                )
                .unwrap()
            };
            messages.map(message).collect::<Maildrop>()
        };
        match event {
            server::Event::Login { user, password, responder, .. } => {
                if user == "user" && password.as_str() == Some("right") {
                    responder.accept(server, maildrop(), "open").unwrap();
                } else {
                    responder.refuse(server, Some(ResponseCode::Auth), "wrong").unwrap();
                }
            }
            server::Event::Auth { mechanism, initial_response, responder, .. } => {
                match (mechanism.as_str(), initial_response) {
                    ("PLAIN", Some(data)) if data.as_bytes() == b"\0user\0right" => {
                        responder.accept(server, maildrop(), "open").unwrap()
                    }
                    ("PLAIN", Some(_)) => {
                        responder.refuse(server, Some(ResponseCode::Auth), "wrong").unwrap()
                    }
                    (_, _) => responder.challenge(server, b"").unwrap(),
                }
            }
            server::Event::AuthResponse { data, responder, .. } => match data.as_bytes() {
                b"\0user\0right" | b"user=user\x01auth=Bearer right\x01\x01" | b"three" => {
                    responder.accept(server, maildrop(), "open").unwrap();
                }
                b"one" => responder.challenge(server, b"two").unwrap(),
                b"" => responder.refuse(server, None, "as I said").unwrap(),
                data if data.starts_with(b"user=") => {
                    responder.challenge(server, br#"{"status":"401"}"#).unwrap()
                }
                _ => responder.refuse(server, Some(ResponseCode::Auth), "wrong").unwrap(),
            },
            server::Event::Retr { number, responder, .. }
            | server::Event::Top { number, responder, .. } => {
                let message = self.backend.messages[number.get() as usize - 1].clone();
                let writer =
                    responder.accept(server, &format!("{} octets", message.len())).unwrap();
                self.backend.writing = Some((writer, message));
            }
            server::Event::Quit { deleted, responder, .. } => {
                if self.backend.commit_fails {
                    responder.failed(server, Some(ResponseCode::SysTemp), "some are left").unwrap();
                } else {
                    self.backend.removed = Some(deleted);
                    responder.committed(server, "bye").unwrap();
                }
            }
            server::Event::Close => self.closed = true,
            server::Event::AuthCancelled | server::Event::StartTls => {}
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn write_more(&mut self) -> bool {
        let Some((mut writer, mut rest)) = self.backend.writing.take() else {
            return false;
        };
        let piece = (self.cut)().max(1).min(rest.len());
        let taken = writer.write(&mut self.server, &rest[..piece]).unwrap();
        rest.advance(taken);
        if rest.is_empty() || writer.is_full(&self.server) {
            self.backend.octets_written.push(writer.finish(&mut self.server).unwrap());
            return true;
        }
        self.backend.writing = Some((writer, rest));
        taken > 0
    }

    /// Sends, runs, and gives the status of the answer.
    pub(crate) fn done(&mut self, command: &Command<'_>) -> Status {
        let id = self.client.send(command).unwrap();
        self.run();
        self.status(id).unwrap_or_else(|| panic!("no answer to {command:?}"))
    }

    pub(crate) fn status(&self, id: CommandId) -> Option<Status> {
        self.events.iter().find_map(|event| match event {
            Event::Done { id: done, status, .. } if *done == id => Some(*status),
            _ => None,
        })
    }

    pub(crate) fn body(&self, id: CommandId) -> Vec<u8> {
        let chunks = self.events.iter().filter_map(|event| match event {
            Event::Body { id: body, chunk, .. } if *body == id => Some(&chunk[..]),
            _ => None,
        });
        chunks.collect::<Vec<_>>().concat()
    }
}

pub(crate) fn number(number: u32) -> MessageNumber {
    MessageNumber::new(number).unwrap()
}

pub(crate) fn messages(texts: &[&str]) -> Vec<Bytes> {
    texts.iter().map(|text| Bytes::copy_from_slice(text.as_bytes())).collect()
}
