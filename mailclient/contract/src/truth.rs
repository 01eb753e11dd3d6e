//! The content of the test server, read and changed over a pipe in memory by a few lines of IMAP
//! that share no code with `mailclient`.

use std::io;

use mail_testserver::{Scheme, TestServer};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};

/// A message on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) uid: u32,
    /// Its flags as the server spells them, without `\Recent`, sorted.
    pub(crate) flags: Vec<String>,
    pub(crate) bytes: Vec<u8>,
}

impl Stored {
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|one| one == flag)
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        self.bytes.windows(text.len()).any(|bytes| bytes == text.as_bytes())
    }
}

/// A response: its text without literals, and the literals.
struct Response {
    text: String,
    literals: Vec<Vec<u8>>,
}

/// A logged-in IMAP session.
pub(crate) struct Session(BufReader<DuplexStream>);

impl Session {
    pub(crate) async fn open(server: &TestServer, user: &str) -> io::Result<Self> {
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(server.serve(Scheme::Imap, far));
        let mut session = Self(BufReader::new(near));
        session.response().await?;
        session.command(&format!("LOGIN {user} {}", server.password(user))).await?;
        Ok(session)
    }

    /// The messages of a folder, oldest first.
    pub(crate) async fn stored(&mut self, folder: &str) -> io::Result<Vec<Stored>> {
        self.command(&format!("EXAMINE {folder}")).await?;
        let responses = self.command("FETCH 1:* (UID FLAGS BODY.PEEK[])").await?;
        let messages = responses.into_iter().filter(|response| response.text.contains(" FETCH ("));
        messages.map(|response| response.message()).collect()
    }

    /// The names of all folders in their form on the wire.
    pub(crate) async fn folders(&mut self) -> io::Result<Vec<String>> {
        let responses = self.command("LIST \"\" *").await?;
        let listed = responses.iter().filter(|response| response.text.starts_with("* LIST "));
        let name = |text: &str| text.rsplit_once("\"/\" ").map(|(_, name)| name.replace('"', ""));
        Ok(listed.filter_map(|response| name(&response.text)).collect())
    }

    /// Stores a message.
    pub(crate) async fn append(&mut self, folder: &str, message: &[u8]) -> io::Result<()> {
        self.send(&format!("a APPEND {folder} {{{}}}", message.len())).await?;
        self.response().await?;
        self.0.write_all(message).await?;
        self.send("").await?;
        self.end().await.map(drop)
    }

    /// Changes flags: `change` is `+FLAGS (\Seen)` or the like.
    pub(crate) async fn store(&mut self, folder: &str, uid: u32, change: &str) -> io::Result<()> {
        self.command(&format!("SELECT {folder}")).await?;
        self.command(&format!("UID STORE {uid} {change}")).await.map(drop)
    }

    /// Removes a message.
    pub(crate) async fn remove(&mut self, folder: &str, uid: u32) -> io::Result<()> {
        self.store(folder, uid, "+FLAGS (\\Deleted)").await?;
        self.command("EXPUNGE").await.map(drop)
    }

    async fn send(&mut self, line: &str) -> io::Result<()> {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.0.flush().await
    }

    /// Sends a command; returns the responses before its answer, which must be OK.
    async fn command(&mut self, command: &str) -> io::Result<Vec<Response>> {
        self.send(&format!("a {command}")).await?;
        self.end().await
    }

    async fn end(&mut self) -> io::Result<Vec<Response>> {
        let mut responses = Vec::new();
        loop {
            let response = self.response().await?;
            if response.text.starts_with("a OK") {
                return Ok(responses);
            }
            if response.text.starts_with("a ") {
                return Err(io::Error::other(response.text));
            }
            responses.push(response);
        }
    }

    async fn response(&mut self) -> io::Result<Response> {
        let (mut text, mut literals) = (String::new(), Vec::new());
        loop {
            let mut line = Vec::new();
            if self.0.read_until(b'\n', &mut line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            text.push_str(line);
            let length = line.strip_suffix('}').and_then(|line| line.rsplit_once('{'));
            let Some(length) = length.and_then(|(_, length)| length.parse().ok()) else {
                return Ok(Response { text, literals });
            };
            let mut literal = vec![0; length];
            self.0.read_exact(&mut literal).await?;
            literals.push(literal);
        }
    }
}

impl Response {
    /// A message in a FETCH response, whatever the order of its items.
    fn message(self) -> io::Result<Stored> {
        let after = |name: &str| self.text.split_once(name).map(|(_, rest)| rest);
        let uid = after("UID ").and_then(|rest| rest.split([' ', ')']).next());
        let flags = after("FLAGS (").and_then(|rest| rest.split(')').next());
        let (Some(uid), Some(flags)) = (uid.and_then(|uid| uid.parse().ok()), flags) else {
            return Err(io::Error::other(format!("cannot read {}", self.text)));
        };
        let mut flags: Vec<String> =
            flags.split_whitespace().filter(|flag| *flag != "\\Recent").map(String::from).collect();
        flags.sort();
        Ok(Stored { uid, flags, bytes: self.literals.into_iter().next().unwrap_or_default() })
    }
}
