//! [`RealServer`]: the content of a server that runs elsewhere, read and changed over IMAP.
//!
//! The connections block: a check waits for nothing else while it looks.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

use mailclient::imap_proto_lite::MailboxName;

use super::Stored;
use crate::content::messages;

/// A user of a server that takes a login without TLS on loopback.
#[derive(Debug)]
pub struct RealServer {
    address: SocketAddr,
    user: String,
    password: String,
}

impl RealServer {
    /// A user of the server at this address.
    #[must_use]
    pub fn new(address: SocketAddr, user: &str, password: &str) -> Self {
        Self { address, user: user.into(), password: password.into() }
    }

    /// Gives the user the messages of [`server`](crate::server) in INBOX and Archive, and no others
    /// there.
    ///
    /// # Errors
    /// The connection failed, or the server refused a command.
    pub fn fill(&self) -> io::Result<()> {
        let mut client = self.client()?;
        for folder in ["Archive", "Drafts"] {
            // It may be there already.
            let _ = client.command(&format!("CREATE {folder}"));
        }
        for folder in ["Archive", "INBOX"] {
            client.command(&format!("SELECT {folder}"))?;
            // An empty folder refuses it at some servers.
            let _ = client.command("UID STORE 1:* +FLAGS.SILENT (\\Deleted)");
            client.command("EXPUNGE")?;
        }
        messages().try_for_each(|(folder, message)| client.append(folder, &message))
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn login(&self) -> String {
        format!("LOGIN {} {}", self.user, self.password)
    }

    pub(super) fn stored(&self, folder: &str) -> io::Result<Vec<Stored>> {
        let mut client = self.client()?;
        let name = MailboxName::new(folder).map_err(io::Error::other)?;
        let name = String::from_utf8_lossy(&name.raw()).into_owned();
        client.command(&format!("EXAMINE \"{name}\""))?;
        let mut stored = Vec::new();
        for response in client.command("UID FETCH 1:* (FLAGS BODY.PEEK[])")? {
            stored.extend(response.message());
        }
        stored.sort_by_key(|message| message.uid);
        Ok(stored)
    }

    pub(super) fn folders(&self) -> io::Result<Vec<String>> {
        let responses = self.client()?.command("LIST \"\" \"*\"")?;
        Ok(responses.iter().filter_map(Response::folder).collect())
    }

    pub(super) fn append(&self, folder: &str, message: &[u8]) -> io::Result<()> {
        self.client()?.append(folder, message)
    }

    fn client(&self) -> io::Result<Client> {
        let mut client = Client(BufReader::new(TcpStream::connect(self.address)?));
        client.response()?;
        client.command(&self.login())?;
        Ok(client)
    }
}

/// A connection.
struct Client(BufReader<TcpStream>);

/// A response: its text, and the literals in it, which the text does not hold.
struct Response {
    text: String,
    literals: Vec<Vec<u8>>,
}

impl Client {
    /// Sends a command; returns the responses before its answer, which must be OK.
    fn command(&mut self, command: &str) -> io::Result<Vec<Response>> {
        self.send(format!("a {command}\r\n").as_bytes())?;
        self.end()
    }

    fn append(&mut self, folder: &str, message: &[u8]) -> io::Result<()> {
        self.send(format!("a APPEND {folder} {{{}}}\r\n", message.len()).as_bytes())?;
        let asked = self.response()?;
        if !asked.text.starts_with('+') {
            return Err(io::Error::other(asked.text));
        }
        self.send(message)?;
        self.send(b"\r\n")?;
        self.end().map(drop)
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    fn end(&mut self) -> io::Result<Vec<Response>> {
        let mut responses = Vec::new();
        loop {
            let response = self.response()?;
            if response.text.starts_with("a OK") {
                return Ok(responses);
            }
            if response.text.starts_with("a ") {
                return Err(io::Error::other(response.text));
            }
            responses.push(response);
        }
    }

    fn response(&mut self) -> io::Result<Response> {
        let mut response = Response { text: String::new(), literals: Vec::new() };
        loop {
            let mut line = Vec::new();
            if self.0.read_until(b'\n', &mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            let literal = line.strip_suffix('}').and_then(|line| line.rsplit_once('{'));
            let Some((text, size)) = literal.and_then(|(text, n)| Some((text, n.parse().ok()?)))
            else {
                response.text.push_str(line);
                return Ok(response);
            };
            let mut bytes = vec![0; size];
            self.0.read_exact(&mut bytes)?;
            response.text.push_str(text);
            response.literals.push(bytes);
        }
    }
}

impl Response {
    /// The message of a FETCH response that has the UID and the bytes.
    fn message(&self) -> Option<Stored> {
        let bytes = self.literals.first()?.clone();
        let uid = self.text.split_once("UID ")?.1;
        let uid: String = uid.chars().take_while(char::is_ascii_digit).collect();
        let flags = self.text.split_once("FLAGS (")?.1.split_once(')')?.0;
        let flags = flags.split_whitespace().map(str::to_owned).collect();
        Some(Stored::new(uid.parse().ok()?, flags, bytes))
    }

    /// The name in a LIST response, with `/` between its levels.
    fn folder(&self) -> Option<String> {
        let listed = self.text.strip_prefix("* LIST (")?.split_once(") ")?.1;
        let (delimiter, name) = listed.split_once(' ')?;
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        let name = MailboxName::from_wire(name.as_bytes()).ok()?;
        let name = name.decoded(false);
        Some(match delimiter.trim_matches('"') {
            "NIL" | "" => name.into_owned(),
            delimiter => name.replace(delimiter, "/"),
        })
    }
}
