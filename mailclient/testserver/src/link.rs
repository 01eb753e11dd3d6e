//! The stream of a session with its faults: bytes to the client, commands from it.

use std::{
    future::{Future as _, pending, poll_fn},
    io,
    pin::pin,
    task::Poll,
    time::Duration,
};

use bytes::{Buf as _, BytesMut};
use tokio::{
    io::AsyncWriteExt,
    time::{Instant, sleep_until},
};

use super::{
    changes::NextChange,
    faults::{Fault, Faults},
    session::Machine,
    wire::Wire,
};

/// A line that is longer is given to the machine before its end has come.
const LONG_LINE: usize = 4096;

/// Pieces of a throttled connection in a second.
const PIECES: u64 = 20;

/// Where in the client's commands the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the start of a command.
    Start,
    /// In a line whose start was given to the machine.
    Line,
    /// In a literal; so many bytes are missing.
    Literal(u64),
    /// After a line that ends in a literal, which comes if the server asks for it.
    Asked(u64),
}

/// Why a session goes on.
pub(super) enum Waited {
    /// Bytes came, or the end (false).
    Received(io::Result<bool>),
    /// The session has something to tell.
    News,
    /// The faults were changed.
    Faults,
    /// Nothing came for too long.
    Silence,
}

/// The stream of a session, and what was read from it but not yet used.
pub(super) struct Link {
    pub(super) wire: Wire,
    pub(super) faults: Faults,
    is_imap: bool,
    /// The user logged in with a token.
    pub(super) by_token: bool,
    /// From the client, not yet given to the machine.
    raw: BytesMut,
    /// Since when it has waited for the client's next bytes.
    waiting_since: Option<Instant>,
    /// For the machine.
    pub(super) input: BytesMut,
    place: Place,
    /// The rest of a command that was answered here: it is dropped.
    drops: bool,
    /// Faults that this session has met and that it meets once.
    seen: Vec<u64>,
    /// Faults that count bytes, and how many bytes are left before each happens.
    counting: Vec<(Fault, u64)>,
    /// How often the faults were switched off when the counting began.
    cleared: u64,
}

impl Link {
    pub(super) fn new(wire: Wire, faults: Faults, is_imap: bool) -> Self {
        let cleared = faults.cleared();
        Self {
            wire,
            faults,
            is_imap,
            cleared,
            by_token: false,
            raw: BytesMut::new(),
            waiting_since: None,
            input: BytesMut::new(),
            place: Place::Start,
            drops: false,
            seen: Vec::new(),
            counting: Vec::new(),
        }
    }

    // To the client.

    /// Writes what the machine has queued; false if that was nothing.
    pub(super) async fn flush(&mut self, machine: &mut impl Machine) -> io::Result<bool> {
        let mut any = false;
        while let Some(octets) = machine.transmit() {
            if let Place::Asked(octets_of_literal) = self.place {
                let last = octets.rsplit(|&octet| octet == b'\n').nth(1).unwrap_or_default();
                let is_asked = last.starts_with(b"+");
                self.place =
                    if is_asked { Place::Literal(octets_of_literal) } else { Place::Start };
            }
            self.send(&octets).await?;
            any = true;
        }
        if any {
            self.wire.flush().await?;
        }
        Ok(any)
    }

    async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        let damaged = self.damaged(octets);
        let mut rest = damaged.as_deref().unwrap_or(octets);
        while !rest.is_empty() {
            self.start_counting();
            let room = self.wait_for_room().await?;
            let (piece, pause) = self.pace(rest.len().min(room));
            let (now, later) = rest.split_at(piece);
            self.wire.write_all(now).await?;
            for (_, left) in &mut self.counting {
                *left = left.saturating_sub(u64::try_from(piece).unwrap_or(u64::MAX));
            }
            rest = later;
            if let Some(pause) = pause {
                self.wire.flush().await?;
                tokio::time::sleep(pause).await;
            }
        }
        // A cut after these bytes happens now, not at the next answer.
        self.wait_for_room().await.map(|_| ())
    }

    /// The bytes with what damage there is.
    fn damaged(&self, octets: &[u8]) -> Option<Vec<u8>> {
        let is_found = |fault: &Fault| match fault {
            Fault::Damage { find, .. } => place_of(octets, find).is_some(),
            _ => false,
        };
        let Fault::Damage { find, with } = self.faults.meet(&[], is_found)?.fault else {
            return None;
        };
        let place = place_of(octets, &find)?;
        let after = octets.get(place + find.len()..).unwrap_or_default();
        Some([octets.get(..place).unwrap_or_default(), &with, after].concat())
    }

    /// Meets the faults that count bytes.
    fn start_counting(&mut self) {
        let counts = |fault: &Fault| matches!(fault, Fault::CutAfter(_) | Fault::StallAfter(_));
        while let Some(rule) = self.faults.meet(&self.seen, counts) {
            self.seen.push(rule.id);
            if let Fault::CutAfter(bytes) | Fault::StallAfter(bytes) = rule.fault {
                self.counting.push((rule.fault, bytes));
            }
        }
    }

    /// How many bytes may be written before the next fault; waits while the connection is stalled.
    async fn wait_for_room(&mut self) -> io::Result<usize> {
        loop {
            let version = self.faults.version();
            if self.cleared != self.faults.cleared() {
                self.cleared = self.faults.cleared();
                self.counting.clear();
            }
            match self.counting.iter().find(|(_, left)| *left == 0) {
                None => {
                    let room = self.counting.iter().map(|(_, left)| *left).min();
                    return Ok(usize::try_from(room.unwrap_or(u64::MAX)).unwrap_or(usize::MAX));
                }
                Some((Fault::CutAfter(_), _)) => {
                    self.wire.flush().await?;
                    return Err(cut());
                }
                Some(_) => {
                    self.wire.flush().await?;
                    self.faults.after(version).happened().await;
                }
            }
        }
    }

    /// How many of these bytes are written at once, and the pause after them.
    fn pace(&self, bytes: usize) -> (usize, Option<Duration>) {
        let pace = self.faults.any(|fault| match fault {
            Fault::Drip { bytes, pause } => Some(((*bytes).max(1), *pause)),
            Fault::Throttle(rate) => {
                let piece = usize::try_from(rate / PIECES).unwrap_or(usize::MAX).max(1);
                let micros = u64::try_from(piece).unwrap_or(u64::MAX).saturating_mul(1_000_000);
                Some((piece, Duration::from_micros(micros / (*rate).max(1))))
            }
            _ => None,
        });
        pace.map_or((bytes, None), |(piece, pause)| (bytes.min(piece), Some(pause)))
    }

    /// Sends what the server says without being asked, now that nothing else is being written.
    /// Fails if the session is over with it.
    pub(super) async fn interrupt(&mut self) -> io::Result<()> {
        let interrupts = |fault: &Fault| matches!(fault, Fault::Unsolicited(_) | Fault::Bye(_));
        while let Some(rule) = self.faults.meet(&self.seen, interrupts) {
            self.seen.push(rule.id);
            match rule.fault {
                Fault::Bye(text) => return self.farewell(&text).await,
                Fault::Unsolicited(line) => {
                    self.send(format!("{line}\r\n").as_bytes()).await?;
                    self.wire.flush().await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Says why the session ends, and ends it.
    async fn farewell(&mut self, text: &str) -> io::Result<()> {
        let word = if self.is_imap { "* BYE" } else { "-ERR" };
        self.send(format!("{word} {text}\r\n").as_bytes()).await?;
        self.wire.flush().await?;
        self.wire.shutdown().await?;
        Err(cut())
    }

    // From the client.

    /// Waits for the client, for news of the session or of the faults, or until the client was
    /// silent for too long. News do not lengthen that time.
    pub(super) async fn wait(
        &mut self,
        news: Option<NextChange>,
        silence: Option<Duration>,
    ) -> Waited {
        let mut faults = pin!(self.faults.after(self.faults.version()).happened());
        let mut news = pin!(async {
            match news {
                Some(news) => news.happened().await,
                None => pending().await,
            }
        });
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let end = silence.and_then(|silence| since.checked_add(silence));
        let mut deadline = pin!(end.map(sleep_until));
        let mut read = pin!(self.wire.receive(&mut self.raw));
        let waited = poll_fn(|context| {
            if let Poll::Ready(received) = read.as_mut().poll(context) {
                return Poll::Ready(Waited::Received(received));
            }
            if news.as_mut().poll(context).is_ready() {
                return Poll::Ready(Waited::News);
            }
            if faults.as_mut().poll(context).is_ready() {
                return Poll::Ready(Waited::Faults);
            }
            match deadline.as_mut().as_pin_mut() {
                Some(deadline) => deadline.poll(context).map(|()| Waited::Silence),
                None => Poll::Pending,
            }
        })
        .await;
        if matches!(waited, Waited::Received(_)) {
            self.waiting_since = None;
        }
        waited
    }

    /// Everything that has come: bytes after STARTTLS are none that TLS protects.
    pub(super) fn take_all(&mut self) {
        self.input.unsplit(self.raw.split());
        self.place = Place::Start;
    }

    /// Gives the next line, or the next piece of a literal, to the machine; false if nothing has
    /// come. A command that meets a fault is answered here.
    pub(super) async fn feed(&mut self) -> io::Result<bool> {
        while !self.raw.is_empty() {
            let length = match self.place {
                Place::Literal(left) => {
                    let length = self.raw.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
                    self.place = if left == 0 { Place::Line } else { Place::Literal(left) };
                    length
                }
                Place::Start | Place::Line | Place::Asked(_) => {
                    match memchr::memchr(b'\n', &self.raw) {
                        Some(end) => {
                            let length = end + 1;
                            self.line(length).await?;
                            length
                        }
                        None if self.raw.len() < LONG_LINE => return Ok(false),
                        None => {
                            self.place = Place::Line;
                            self.raw.len()
                        }
                    }
                }
            };
            if self.drops {
                self.raw.advance(length);
                self.drops = self.place != Place::Start;
                continue;
            }
            self.input.extend_from_slice(self.raw.get(..length).unwrap_or_default());
            self.raw.advance(length);
            return Ok(true);
        }
        Ok(false)
    }

    /// Looks at the line of this length that comes next, and answers it if a fault says so.
    async fn line(&mut self, length: usize) -> io::Result<()> {
        let line = self.raw.get(..length).unwrap_or_default().trim_ascii_end().to_vec();
        let is_start = matches!(self.place, Place::Start | Place::Asked(_));
        let literal = literal(&line).filter(|_| self.is_imap);
        self.place = match literal {
            Some((octets, true)) => Place::Asked(octets),
            Some((octets, false)) => Place::Literal(octets),
            None => Place::Start,
        };
        if !is_start {
            return Ok(());
        }
        let is_expired = |fault: &Fault| *fault == Fault::TokensExpired;
        if self.by_token && self.faults.meet(&[], is_expired).is_some() {
            return self.farewell("Session invalidated - AccessTokenExpired").await;
        }
        let (tag, command) = command(&line, self.is_imap);
        let fits = |fault: &Fault| match fault {
            Fault::Refuse { command: refused, .. } => refused.eq_ignore_ascii_case(&command),
            _ => false,
        };
        if let Some(rule) = self.faults.meet(&[], fits)
            && let Fault::Refuse { answer, .. } = rule.fault
        {
            let space = if self.is_imap { " " } else { "" };
            self.send(format!("{tag}{space}{answer}\r\n").as_bytes()).await?;
            self.wire.flush().await?;
            // The client keeps a literal that it would have to be asked for.
            if let Place::Asked(_) = self.place {
                self.place = Place::Start;
            }
            self.drops = true;
        }
        Ok(())
    }
}

fn cut() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

/// Tag and command of a line; POP3 has no tags.
fn command(line: &[u8], is_imap: bool) -> (String, String) {
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ');
    let tag = if is_imap { words.next().unwrap_or_default().to_owned() } else { String::new() };
    let first = words.next().unwrap_or_default();
    let command = if is_imap && first.eq_ignore_ascii_case("UID") {
        format!("UID {}", words.next().unwrap_or_default())
    } else {
        first.to_owned()
    };
    (tag, command)
}

/// The literal that a line of IMAP ends in: its size, and whether the client waits to be asked for
/// it.
fn literal(line: &[u8]) -> Option<(u64, bool)> {
    let inside = line.strip_suffix(b"}")?;
    let start = inside.iter().rposition(|&octet| octet == b'{')?;
    let digits = str::from_utf8(inside.get(start + 1..)?).ok()?;
    match digits.strip_suffix('+') {
        Some(digits) => Some((digits.parse().ok()?, false)),
        None => Some((digits.parse().ok()?, true)),
    }
}

/// Where these bytes are.
fn place_of(octets: &[u8], find: &[u8]) -> Option<usize> {
    if find.is_empty() {
        return None;
    }
    memchr::memmem::find(octets, find)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_literals_are_found() {
        let words = |line: &str, is_imap| {
            let (tag, command) = command(line.as_bytes(), is_imap);
            format!("{tag}|{command}")
        };
        assert_eq!(words("a1 uid fetch 1 FLAGS", true), "a1|UID fetch");
        assert_eq!(words("a1 NOOP", true), "a1|NOOP");
        assert_eq!(words("DONE", true), "DONE|");
        assert_eq!(words("RETR 1", false), "|RETR");
        for (line, expected) in [
            ("a LOGIN {5}", Some((5, true))),
            ("a LOGIN {5+}", Some((5, false))),
            ("a APPEND x ~{7+}", Some((7, false))),
            ("a NOOP", None),
            ("a {x}", None),
            ("}", None),
        ] {
            assert_eq!(literal(line.as_bytes()), expected, "{line}");
        }
        assert_eq!(place_of(b"abcabc", b"ca"), Some(2));
        assert_eq!(place_of(b"abc", b""), None);
    }
}
