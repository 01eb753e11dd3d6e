//! [`Session`]: another client, a few lines of IMAP.

use std::io;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mail_testserver::{Scheme, TestServer};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::Truth;
use crate::USER;

/// A transport.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A session of another client in INBOX.
pub(crate) struct Session {
    stream: BufReader<Box<dyn Stream>>,
    /// What the server said of UIDVALIDITY.
    pub(crate) validity: Option<String>,
}

impl Session {
    pub(crate) async fn open(truth: Truth<'_>) -> io::Result<Self> {
        let mut session = match truth {
            Truth::Embedded(server) => Self::at_embedded(server).await?,
            Truth::Real(server) => {
                let stream = TcpStream::connect(server.address()).await?;
                let mut session = Self::new(Box::new(stream)).await?;
                session.command(&server.login()).await?;
                session
            }
        };
        // Some servers open no folder without it, and others do not know it.
        let _ = session.command("ID NIL").await;
        let opened = session.command("SELECT INBOX").await?;
        session.validity = opened.into_iter().find(|line| line.contains("[UIDVALIDITY "));
        Ok(session)
    }

    async fn at_embedded(server: &TestServer) -> io::Result<Self> {
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(server.serve(Scheme::Imap, far));
        let mut session = Self::new(Box::new(near)).await?;
        let login = format!("LOGIN {USER} {}", server.password(USER));
        if session.command(&login).await.is_err() {
            // A server that takes tokens only.
            session.send("a AUTHENTICATE XOAUTH2").await?;
            session.line().await?;
            let token = format!("user={USER}\u{1}auth=Bearer {}\u{1}\u{1}", server.token(USER));
            session.send(&BASE64_STANDARD.encode(token)).await?;
            session.end().await?;
        }
        Ok(session)
    }

    async fn new(stream: Box<dyn Stream>) -> io::Result<Self> {
        let mut session = Self { stream: BufReader::new(stream), validity: None };
        session.line().await?;
        Ok(session)
    }

    /// The sizes that the server tells, which need not be right.
    pub(crate) async fn sizes(&mut self) -> io::Result<Vec<u64>> {
        let responses = self.command("FETCH 1:* RFC822.SIZE").await?;
        let fetched = responses.iter().filter_map(|line| line.split_once("(RFC822.SIZE "));
        let size = |text: &str| text.trim_end_matches(')').parse().ok();
        Ok(fetched.filter_map(|(_, text)| size(text)).collect())
    }

    /// Changes flags: `change` is `+FLAGS (\Seen)` or the like.
    pub(crate) async fn store(&mut self, uid: u32, change: &str) -> io::Result<()> {
        self.command(&format!("UID STORE {uid} {change}")).await.map(drop)
    }

    /// Removes a message.
    pub(crate) async fn remove(&mut self, uid: u32) -> io::Result<()> {
        self.store(uid, "+FLAGS (\\Deleted)").await?;
        self.command("EXPUNGE").await.map(drop)
    }

    /// Sets the limits of the only quota root.
    pub(crate) async fn set_quota(&mut self, limits: &str) -> io::Result<()> {
        self.command(&format!("SETQUOTA \"\" ({limits})")).await.map(drop)
    }

    async fn send(&mut self, line: &str) -> io::Result<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    /// Sends a command; returns the lines before its answer, which must be OK.
    async fn command(&mut self, command: &str) -> io::Result<Vec<String>> {
        self.send(&format!("a {command}")).await?;
        self.end().await
    }

    async fn end(&mut self) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().await?;
            if line.starts_with("a OK") {
                return Ok(lines);
            }
            if line.starts_with("a ") {
                return Err(io::Error::other(line));
            }
            lines.push(line);
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }
}
