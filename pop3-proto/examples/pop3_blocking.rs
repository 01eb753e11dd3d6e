//! Writes the newest message of a maildrop to the standard output, over `std::net` and rustls.
//! Deletes nothing.
//!
//! ```text
//! export MAIL_PASSWORD=secret
//! cargo run -p pop3-proto --example pop3_blocking -- pop.example.org alice
//! cargo run -p pop3-proto --example pop3_blocking -- --ca roots.pem pop.example.org:1995 alice
//! cargo run -p pop3-proto --example pop3_blocking -- --clear 127.0.0.1:1110 alice
//! ```

use std::{
    env,
    error::Error,
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs as _},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use bytes::BytesMut;
use pop3_proto::{
    ClearTextCredentials, Command, Config, MessageNumber, Status, Transport,
    client::{Connection, Event},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, pem::PemObject as _},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USAGE: &str = "\
usage: pop3_blocking [--ca FILE] [--clear] HOST[:PORT] USER

Writes the newest message of a maildrop to the standard output and deletes nothing. The password
comes from the environment variable MAIL_PASSWORD.

  --ca FILE  trust the certificates in this PEM file (default: Mozilla's roots)
  --clear    no TLS, for a server on this machine (port 110, else 995)";

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
                    return match status {
                        Status::Ok => Ok(()),
                        Status::Err => Err(format!("{command:?}: {text}").into()),
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
            None => (place, if clear { 110 } else { 995 }),
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
    config: Config,
    user: &str,
    password: &str,
    out: &mut impl Write,
) -> Result<()> {
    let mut session = Session::new(io, config);
    match session.next_event()? {
        Event::Greeting { status: Status::Ok, text, .. } => eprintln!("{text}"),
        Event::Greeting { text, .. } => return Err(format!("refused: {text}").into()),
        _ => return Err("no greeting".into()),
    }
    session.run(&Command::User(user), |_| Ok(()))?;
    session.run(&Command::Pass(password), |_| Ok(()))?;
    let mut newest: Option<MessageNumber> = None;
    session.run(&Command::List(None), |event| {
        if let Event::ScanListing { number, .. } = event {
            newest = newest.max(Some(number));
        }
        Ok(())
    })?;
    if let Some(number) = newest {
        session.run(&Command::Retr(number), |event| {
            match event {
                Event::Body { chunk, .. } => out.write_all(&chunk)?,
                Event::BodyEnd { octets, .. } => eprintln!("message {number}, {octets} bytes"),
                _ => {}
            }
            Ok(())
        })?;
    }
    session.run(&Command::Quit, |_| Ok(()))
}
