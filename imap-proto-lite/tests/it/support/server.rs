//! The server machine without a client machine: bytes in, bytes out, and an application that
//! decides by its input.

use bytes::BytesMut;
use imap_proto_lite::{
    Command, Transport,
    response::ResponseCode,
    server::{Config, Connection, Event, Responder},
};

/// A server configuration that every test can use: little may wait to be written.
pub(crate) fn server_config(transport: Transport) -> Config {
    let mut config = Config::new(transport);
    config.mechanisms = vec!["PLAIN".into(), "XOAUTH2".into()];
    config.enable = vec!["CONDSTORE".into()];
    config.capabilities_after_login.push("COMPRESS=DEFLATE".into());
    config.limits.output = 512;
    config
}

/// A server that has greeted, and what happened to it.
pub(crate) struct Alone {
    pub(crate) machine: Connection,
    pub(crate) input: BytesMut,
    /// The names of the events.
    pub(crate) happened: Vec<String>,
    /// The bytes of messages that came.
    pub(crate) message: Vec<u8>,
    /// APPEND is refused.
    pub(crate) refuses_messages: bool,
    /// Commands wait here instead of being answered.
    pub(crate) kept: Option<Responder>,
    pub(crate) keeps: bool,
}

impl Alone {
    pub(crate) fn new(config: Config) -> Self {
        let mut machine = Connection::new(config);
        machine.greet("ready").unwrap();
        let mut alone = Self {
            machine,
            input: BytesMut::new(),
            happened: Vec::new(),
            message: Vec::new(),
            refuses_messages: false,
            kept: None,
            keeps: false,
        };
        assert!(alone.says("").ends_with(" ready\r\n"));
        alone
    }

    /// With a user, and where `mailbox` with that selected.
    pub(crate) fn logged_in(config: Config, mailbox: bool) -> Self {
        let mut alone = Self::new(config);
        assert!(alone.says("l LOGIN joe x\r\n").starts_with("l OK "));
        if mailbox {
            let said = alone.says("s SELECT INBOX\r\n");
            assert_eq!(said, "s OK [READ-WRITE] selected\r\n");
        }
        alone
    }

    /// All that comes back to these bytes of a client.
    pub(crate) fn says(&mut self, octets: impl AsRef<[u8]>) -> String {
        self.input.extend_from_slice(octets.as_ref());
        let mut said = Vec::new();
        loop {
            let event = self.machine.poll_event(&mut self.input).unwrap();
            let acted = event.is_some();
            if let Some(event) = event {
                self.serve(event);
            }
            let before = said.len();
            said.extend(self.written());
            if !acted && said.len() == before {
                return String::from_utf8(said).unwrap();
            }
        }
    }

    /// The queued bytes.
    pub(crate) fn written(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        while let Some(transmit) = self.machine.poll_transmit() {
            octets.extend_from_slice(&transmit.bytes);
        }
        octets
    }

    fn serve(&mut self, event: Event) {
        let name = format!("{event:?}");
        let name = name.split([' ', '(']).next().unwrap();
        self.happened.push(name.to_owned());
        let machine = &mut self.machine;
        match event {
            Event::Login { password, responder, .. } => {
                if password.as_bytes() == b"wrong" {
                    responder.refuse(machine, None, "no").unwrap()
                } else {
                    responder.accept(machine, "in").unwrap()
                }
            }
            Event::Authenticate { responder, .. } => responder.challenge(machine, b"?").unwrap(),
            Event::AuthResponse { data, responder, .. } => match data.as_bytes() {
                b"good" => responder.accept(machine, "in").unwrap(),
                b"bad" => responder.refuse(machine, None, "no").unwrap(),
                _ => responder.challenge(machine, b"?").unwrap(),
            },
            Event::Select { command, responder, .. } => {
                let (Command::Select { mailbox, .. } | Command::Examine { mailbox, .. }) =
                    command.parse()
                else {
                    panic!()
                };
                if mailbox.is_inbox() {
                    responder.accept(machine, false, "selected").unwrap()
                } else {
                    let code = Some(ResponseCode::NonExistent);
                    responder.refuse(machine, code, "no such mailbox").unwrap()
                }
            }
            Event::Append { responder, .. } => {
                if self.refuses_messages {
                    let code = Some(ResponseCode::OverQuota);
                    responder.refuse(machine, code, "full").unwrap()
                } else {
                    responder.accept(machine).unwrap()
                }
            }
            Event::AppendData { chunk, .. } => self.message.extend_from_slice(&chunk),
            Event::AppendEnd { responder, .. } => responder.ok(machine, None, "stored").unwrap(),
            Event::Command { responder, .. } if self.keeps => self.kept = Some(responder),
            Event::Command { responder, .. } => responder.ok(machine, None, "yes").unwrap(),
            _ => {}
        }
    }
}
