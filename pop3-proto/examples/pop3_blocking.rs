//! Writes the newest message of a maildrop to the standard output, over `std::net` and rustls.
//! Deletes nothing.
//!
//! ```text
//! export MAIL_PASSWORD=secret
//! cargo run -p pop3-proto --example pop3_blocking -- --ca roots.pem pop.example.org alice
//! ```
//!
//! `HOST` may end in `:PORT` (else 995). `--ca` names a PEM file with the roots to trust.

use std::{
    env,
    error::Error,
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use bytes::BytesMut;
use pop3_proto::{
    Command, Config, MessageNumber, Status, Transport,
    client::{Connection, Event},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, pem::PemObject as _},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A connection: the transport, the machine, and the input that was not read yet.
struct Session<S> {
    io: S,
    machine: Connection,
    input: BytesMut,
}

impl<S: Read + Write> Session<S> {
    /// The whole loop.
    fn next_event(&mut self) -> Result<Event> {
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
                    return Err("the session is over".into());
                }
                n => self.input.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            }
        }
    }

    /// Sends a command and gives each event before its `Done` to `each`.
    fn run(
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

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [_, file, host, user] = <[String; 4]>::try_from(arguments)
        .ok()
        .filter(|arguments| arguments.first().is_some_and(|first| first == "--ca"))
        .ok_or("usage: pop3_blocking --ca FILE HOST[:PORT] USER")?;
    let password =
        env::var("MAIL_PASSWORD").map_err(|_| "the password has to be in MAIL_PASSWORD")?;

    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name.to_owned(), port.parse()?),
        None => (host, 995),
    };
    let io = TcpStream::connect((name.as_str(), port))?;
    io.set_read_timeout(Some(Duration::from_secs(60)))?;
    let connection = ClientConnection::new(Arc::new(tls), name.try_into()?)?;
    let mut out = io::stdout().lock();
    match newest(StreamOwned::new(connection, io), &user, &password, &mut out) {
        // The reader, for example `head`, has seen enough.
        Err(error) if is_broken_pipe(&*error) => Ok(()),
        result => result,
    }
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Logs in, and writes the newest message to `out`.
pub(crate) fn newest(
    io: impl Read + Write,
    user: &str,
    password: &str,
    out: &mut impl Write,
) -> Result<()> {
    let machine = Connection::new(Config::new(Transport::Tls));
    let mut session = Session { io, machine, input: BytesMut::new() };
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
