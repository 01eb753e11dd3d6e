//! A server machine with its buffer, for tests that play the client by hand.

use bytes::BytesMut;
use pop3_proto::{
    MessageNumber, ResponseCode, Transport, UniqueId,
    server::{Config, Connection, Event, Maildrop, MaildropMessage},
};

/// The messages in every maildrop.
pub(crate) const MESSAGES: [&str; 5] = [
    ".one\r\n\r\nline 1\r\n..line 2\r\nline 3\r\n",
    "Subject: no last line end\r\n\r\nline",
    "Subject: header only\r\n",
    "Subject: header and the blank line\r\n\r\n",
    "Subject: unix\n\n.\nline\n",
];

/// A server, and what it did.
pub(crate) struct Server {
    pub(crate) machine: Connection,
    pub(crate) input: BytesMut,
    /// QUIT: removing fails.
    pub(crate) disk_full: bool,
    pub(crate) removed: Option<Vec<MessageNumber>>,
    pub(crate) closed: bool,
}

impl Server {
    pub(crate) fn new(config: Config) -> Self {
        let mut machine = Connection::new(config);
        machine.greet("ready", None).unwrap();
        let mut server = Self {
            machine,
            input: BytesMut::new(),
            disk_full: false,
            removed: None,
            closed: false,
        };
        assert_eq!(server.say(""), "+OK ready\r\n");
        server
    }

    pub(crate) fn logged_in() -> Self {
        let mut server = Self::new(config());
        assert_eq!(server.say("USER ann\r\n"), "+OK Password?\r\n");
        assert_eq!(server.say("PASS right\r\n"), "+OK open\r\n");
        server
    }

    /// All that comes back, to the bytes of a client.
    pub(crate) fn say(&mut self, octets: &str) -> String {
        self.input.extend_from_slice(octets.as_bytes());
        let mut said = Vec::new();
        loop {
            let event = self.machine.poll_event(&mut self.input).unwrap();
            let acted = event.is_some();
            event.into_iter().for_each(|event| self.serve(event));
            let before = said.len();
            while let Some(transmit) = self.machine.poll_transmit() {
                said.extend_from_slice(&transmit.bytes);
            }
            if !acted && said.len() == before {
                break;
            }
        }
        String::from_utf8(said).unwrap()
    }

    pub(crate) fn serve(&mut self, event: Event) {
        let machine = &mut self.machine;
        match event {
            Event::Login { user, password, responder, .. } => {
                if user == "ann" && password.as_str() == Some("right") {
                    responder.accept(machine, maildrop(), "open").unwrap();
                } else {
                    responder.refuse(machine, Some(ResponseCode::Auth), "no").unwrap();
                }
            }
            Event::Auth { responder, .. } => responder.challenge(machine, b"?").unwrap(),
            Event::AuthResponse { responder, .. } => {
                responder.refuse(machine, Some(ResponseCode::Auth), "no").unwrap()
            }
            Event::Retr { number, responder, .. } | Event::Top { number, responder, .. } => {
                let mut writer = responder.accept(machine, "here").unwrap();
                let message = MESSAGES[number.get() as usize - 1].as_bytes();
                assert_eq!(writer.write(machine, message).unwrap(), message.len());
                writer.finish(machine).unwrap();
            }
            Event::Quit { deleted, responder, .. } => {
                if self.disk_full {
                    responder.failed(machine, Some(ResponseCode::SysTemp), "disk full").unwrap();
                } else {
                    self.removed = Some(deleted);
                    responder.committed(machine, "bye").unwrap();
                }
            }
            Event::Close => self.closed = true,
            Event::AuthCancelled | Event::StartTls => {}
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn config() -> Config {
    let mut config = Config::new(Transport::Tls);
    config.mechanisms = vec!["PLAIN".to_owned(), "XOAUTH2".to_owned()];
    config
}

pub(crate) fn maildrop() -> Maildrop {
    (1..)
        .zip(MESSAGES)
        .map(|(number, message)| {
            let unique_id = UniqueId::new(format!("id-{number}")).unwrap();
            MaildropMessage::new(message.len() as u64, unique_id).unwrap()
        })
        .collect()
}
