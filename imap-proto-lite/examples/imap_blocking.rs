//! Writes the newest message of an INBOX to the standard output, over `std::net` and rustls.
//! Changes nothing.
//!
//! ```text
//! export MAIL_PASSWORD=secret
//! cargo run -p imap-proto-lite --example imap_blocking -- mail.example alice
//! cargo run -p imap-proto-lite --example imap_blocking -- --ca roots.pem mail.example:1993 alice
//! cargo run -p imap-proto-lite --example imap_blocking -- --clear 127.0.0.1:1143 alice
//! ```

use std::{
    borrow::Cow,
    env,
    error::Error,
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs as _},
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::BytesMut;
use imap_proto_lite::{
    AString, ClearTextCredentials, Command, Config, MailboxName, Response, Secret, SeqNumber,
    SequenceSet, Transport,
    client::{Connection, Event, GreetingStatus, State},
    command::{FetchItem, FetchModifiers, Messages, SelectParameters},
    response::{BodyData, FetchAttribute},
    section::Section,
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, pem::PemObject as _},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USAGE: &str = "\
usage: imap_blocking [--ca FILE] [--clear] HOST[:PORT] USER

Writes the newest message of an INBOX to the standard output and changes nothing. The password
comes from the environment variable MAIL_PASSWORD.

  --ca FILE  trust the certificates in this PEM file (default: Mozilla's roots)
  --clear    no TLS, for a server on this machine (port 143, else 993)";

/// A connection: the transport, the machine, and the input that was not read yet.
pub(crate) struct Session<S> {
    io: S,
    machine: Connection,
    input: BytesMut,
}

impl<S: Read + Write> Session<S> {
    pub(crate) fn new(io: S, config: Config) -> Self {
        Self { io, machine: Connection::new(config), input: BytesMut::new() }
    }

    /// The whole loop.
    pub(crate) fn next_event(&mut self) -> Result<Event> {
        loop {
            // In this order: reading an answer may allow the machine to send more.
            let event = self.machine.poll_event(&mut self.input)?;
            while let Some(transmit) = self.machine.poll_transmit() {
                self.io.write_all(&transmit.bytes)?;
            }
            if let Some(event) = event {
                return Ok(event);
            }
            let mut chunk = [0; 16 * 1024];
            match self.io.read(&mut chunk)? {
                0 => {
                    self.machine.handle_eof(&self.input)?;
                    // The answer to LOGOUT, if the server did not send it, and then nothing.
                    let last = self.machine.poll_event(&mut self.input)?;
                    return last.ok_or_else(|| "the session is over".into());
                }
                n => self.input.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            }
        }
    }

    /// Sends a command and gives each event before its `Done` to `each`.
    pub(crate) fn run(
        &mut self,
        command: &Command<'_>,
        mut each: impl FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let sent = self.machine.send(command)?;
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

/// The command line.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Arguments {
    pub(crate) ca: Option<String>,
    pub(crate) clear: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
}

impl Arguments {
    /// `None` if they do not fit [`USAGE`].
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut arguments = arguments.into_iter().peekable();
        let (mut ca, mut clear) = (None, false);
        while let Some(option) = arguments.next_if(|argument| argument.starts_with('-')) {
            match option.as_str() {
                "--ca" => ca = Some(arguments.next()?),
                "--clear" => clear = true,
                _ => return None,
            }
        }
        let (place, user) = (arguments.next()?, arguments.next()?);
        let (host, port) = match place.split_once(':') {
            Some((host, port)) => (host.to_owned(), port.parse().ok()?),
            None => (place, if clear { 143 } else { 993 }),
        };
        let fits = !host.is_empty() && arguments.next().is_none();
        fits.then_some(Self { ca, clear, host, port, user })
    }
}

fn main() -> ExitCode {
    let Some(arguments) = Arguments::parse(env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Ok(password) = env::var("MAIL_PASSWORD") else {
        eprintln!("set MAIL_PASSWORD to the password");
        return ExitCode::from(2);
    };
    match run(&arguments, &password, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader, for example `head`, has seen enough.
        Err(error) if is_broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Connects, and writes the newest message to `out`.
pub(crate) fn run(arguments: &Arguments, password: &str, out: &mut impl Write) -> Result<()> {
    let Arguments { ca, clear, host, port, user } = arguments;
    let mut addresses = (host.as_str(), *port).to_socket_addrs()?;
    if *clear {
        let address = addresses.find(|address| address.ip().is_loopback());
        let io = TcpStream::connect(address.ok_or("--clear is for servers on this machine")?)?;
        io.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut config = Config::new(Transport::Clear);
        config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
        return newest(io, config, user, password, out);
    }
    let io = TcpStream::connect(addresses.collect::<Vec<_>>().as_slice())?;
    io.set_read_timeout(Some(Duration::from_secs(60)))?;
    let tls = ClientConnection::new(tls(ca.as_deref())?, host.clone().try_into()?)?;
    newest(StreamOwned::new(tls, io), Config::new(Transport::Tls), user, password, out)
}

/// TLS with the certificates of a PEM file as roots, or with Mozilla's.
fn tls(ca: Option<&str>) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(file) => {
            for certificate in CertificateDer::pem_file_iter(file)? {
                roots.add(certificate?)?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(tls))
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Logs in, and writes the newest message to `out`.
pub(crate) fn newest(
    io: impl Read + Write,
    mut config: Config,
    user: &str,
    password: &str,
    out: &mut impl Write,
) -> Result<()> {
    // A program takes a random number from the operating system.
    config.tag_seed =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.subsec_nanos().into();
    let mut session = Session::new(io, config);
    match session.next_event()? {
        Event::Greeting { status: GreetingStatus::Bye, text, .. } => {
            return Err(format!("refused: {text}").into());
        }
        Event::Greeting { text, .. } => eprintln!("{text}"),
        _ => return Err("no greeting".into()),
    }
    if session.machine.state() == State::NotAuthenticated {
        let login = Command::Login { user: AString::new(user)?, password: Secret::new(password)? };
        session.run(&login, |_| Ok(()))?;
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
    if let Some(newest) = SeqNumber::new(messages) {
        let fetch = Command::Fetch {
            messages: Messages::from(SequenceSet::one(newest)),
            items: Cow::Owned(vec![FetchItem::peek(Section::full())]),
            modifiers: FetchModifiers::default(),
        };
        session.run(&fetch, |event| {
            match event {
                Event::BodyStart { octets, .. } => eprintln!("message {newest}, {octets} bytes"),
                Event::Body { chunk, .. } => out.write_all(&chunk)?,
                Event::Untagged(line) => write_inline(&line.response(), out)?,
                _ => {}
            }
            Ok(())
        })?;
    }
    session.run(&Command::Logout, |_| Ok(()))
}

/// Writes the body of a short message that the server sent as a quoted string: such a body is not
/// streamed.
fn write_inline(response: &Response<'_>, out: &mut impl Write) -> io::Result<()> {
    if let Response::Fetch(fetch) = response {
        for attribute in fetch.iter() {
            if let FetchAttribute::BodySection { data: BodyData::Inline(body), .. } = attribute {
                out.write_all(&body.to_cow())?;
            }
        }
    }
    Ok(())
}
