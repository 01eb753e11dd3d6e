//! The content of the test server, and what another client does to it. Neither goes through
//! `mailclient`.

use std::io;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mail_testserver::{Scheme, TestServer};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

use crate::USER;

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

/// The messages of a folder, oldest first.
pub(crate) fn stored(server: &TestServer, folder: &str) -> io::Result<Vec<Stored>> {
    let messages = server.messages(USER, folder);
    let messages = messages.ok_or_else(|| io::Error::other(format!("no folder {folder}")))?;
    let stored = messages.into_iter().map(|message| {
        let mut flags = message.flags;
        flags.retain(|flag| flag != "\\Recent");
        flags.sort();
        Stored { uid: message.uid, flags, bytes: message.bytes.to_vec() }
    });
    Ok(stored.collect())
}

/// A session of another client in INBOX, over a pipe in memory: a few lines of IMAP.
pub(crate) struct Session {
    stream: BufReader<DuplexStream>,
    /// What the server said of UIDVALIDITY.
    pub(crate) validity: Option<String>,
}

impl Session {
    pub(crate) async fn open(server: &TestServer) -> io::Result<Self> {
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(server.serve(Scheme::Imap, far));
        let mut session = Self { stream: BufReader::new(near), validity: None };
        session.line().await?;
        let login = format!("LOGIN {USER} {}", server.password(USER));
        if session.command(&login).await.is_err() {
            // A server that takes tokens only.
            session.send("a AUTHENTICATE XOAUTH2").await?;
            session.line().await?;
            let token = format!("user={USER}\u{1}auth=Bearer {}\u{1}\u{1}", server.token(USER));
            session.send(&BASE64_STANDARD.encode(token)).await?;
            session.end().await?;
        }
        // Some servers open no folder without it, and others do not know it.
        let _ = session.command("ID NIL").await;
        let opened = session.command("SELECT INBOX").await?;
        session.validity = opened.into_iter().find(|line| line.contains("[UIDVALIDITY "));
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
