//! Fetches the newest message of an INBOX into a file, over `std::net` and rustls.
//!
//! ```text
//! export IMAP_PASSWORD=secret
//! cargo run -p imap-proto-lite --example imap_blocking -- imap.example.org alice newest.eml
//! cargo run -p imap-proto-lite --example imap_blocking -- --clear 127.0.0.1:143 alice newest.eml
//! ```
//!
//! `--clear` talks to a server on this machine without TLS. The password comes from
//! `IMAP_PASSWORD`.

use std::{
    borrow::Cow,
    env,
    error::Error,
    fs::File,
    io::{self, ErrorKind, Read, Write},
    net::{IpAddr, TcpStream},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::BytesMut;
use imap_proto_lite::{
    AString, ClearTextCredentials, Command, CommandId, Config, MailboxName, Response, Secret,
    SeqNumber, SequenceSet, Transport,
    client::{Connection, Event, GreetingStatus, State},
    command::{FetchItem, FetchModifiers, Messages, SelectParameters},
    section::Section,
};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The transport, the machine, and the bytes that were received and not read yet.
struct Session<S> {
    io: S,
    machine: Connection,
    input: BytesMut,
}

impl<S: Read + Write> Session<S> {
    /// The whole loop.
    fn next_event(&mut self) -> Result<Event> {
        loop {
            // Transmit after reading: `poll_event` may have queued an answer.
            let event = self.machine.poll_event(&mut self.input)?;
            while let Some(transmit) = self.machine.poll_transmit() {
                self.io.write_all(&transmit.bytes)?;
            }
            if let Some(event) = event {
                return Ok(event);
            }
            let mut chunk = [0; 16 * 1024];
            match self.io.read(&mut chunk)? {
                0 => self.machine.handle_eof(&self.input)?,
                n => self.input.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            }
        }
    }

    /// Sends a command and gives every event before its answer to `each`.
    fn run(
        &mut self,
        command: &Command<'_>,
        mut each: impl FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let sent: CommandId = self.machine.send(command)?;
        loop {
            match self.next_event()? {
                Event::Done { id, status, text, .. } if id == sent => {
                    return if status.is_ok() {
                        Ok(())
                    } else {
                        Err(format!("{:?}: {text}", command.kind()).into())
                    };
                }
                event => each(event)?,
            }
        }
    }
}

/// Prints a line. It is no error if nothing reads it (`imap_blocking ... | head -1`).
fn say(line: &str) -> Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn main() -> Result<()> {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let clear = arguments.first().is_some_and(|first| first == "--clear");
    if clear {
        arguments.remove(0);
    }
    let [host, user, file] = <[String; 3]>::try_from(arguments)
        .map_err(|_| "usage: imap_blocking [--clear] HOST USER FILE")?;
    let password =
        env::var("IMAP_PASSWORD").map_err(|_| "the password has to be in IMAP_PASSWORD")?;
    if clear {
        let io = TcpStream::connect(&host)?;
        if !matches!(io.peer_addr()?.ip(), IpAddr::V4(ip) if ip.is_loopback()) {
            return Err("--clear is for servers on this machine".into());
        }
        io.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut config = Config::new(Transport::Clear);
        config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
        newest(io, config, &user, &password, &file)
    } else {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let io = TcpStream::connect((host.as_str(), 993))?;
        io.set_read_timeout(Some(Duration::from_secs(60)))?;
        let connection = ClientConnection::new(Arc::new(tls), host.try_into()?)?;
        newest(
            StreamOwned::new(connection, io),
            Config::new(Transport::Tls),
            &user,
            &password,
            &file,
        )
    }
}

fn newest(
    io: impl Read + Write,
    mut config: Config,
    user: &str,
    password: &str,
    file: &str,
) -> Result<()> {
    // A program takes a random number from the operating system.
    config.tag_seed =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.subsec_nanos().into();
    let mut session = Session { io, machine: Connection::new(config), input: BytesMut::new() };
    match session.next_event()? {
        Event::Greeting { status: GreetingStatus::Bye, text, .. } => {
            return Err(format!("refused: {text}").into());
        }
        Event::Greeting { text, .. } => say(&text.to_string())?,
        _ => return Err("no greeting".into()),
    }
    if session.machine.state() == State::NotAuthenticated {
        session.run(
            &Command::Login { user: AString::new(user)?, password: Secret::new(password)? },
            |_| Ok(()),
        )?;
    }
    let mut messages = 0;
    let examine =
        Command::Examine { mailbox: MailboxName::INBOX, parameters: SelectParameters::None };
    session.run(&examine, |event| {
        if let Event::Untagged(line) = event
            && let Response::Exists(count) = line.response()
        {
            messages = count;
        }
        Ok(())
    })?;
    say(&format!("{messages} messages"))?;
    if let Some(newest) = SeqNumber::new(messages) {
        let mut out = File::create(file)?;
        let fetch = Command::Fetch {
            messages: Messages::from(SequenceSet::one(newest)),
            items: Cow::Owned(vec![FetchItem::Uid, FetchItem::peek(Section::full())]),
            modifiers: FetchModifiers::default(),
        };
        session.run(&fetch, |event| {
            match event {
                Event::BodyStart { octets, .. } => say(&format!("{octets} bytes to {file}"))?,
                Event::Body { chunk } => out.write_all(&chunk)?,
                Event::Untagged(line) => say(&format!("{:?}", line.response()))?,
                _ => {}
            }
            Ok(())
        })?;
    }
    session.run(&Command::Logout, |_| Ok(()))
}
