//! The stream of a session with its faults: bytes to the client, bytes from it.

use std::{
    future::{Future as _, pending, poll_fn},
    io,
    pin::pin,
    task::Poll,
    time::Duration,
};

use bytes::BytesMut;
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    changes::NextChange,
    faults::{Fault, Faults},
    machine::Machine,
    wire::Wire,
};

/// Pieces of a throttled connection in a second.
const PIECES: u64 = 20;

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
    /// How long the client may be silent, and how long it may leave bytes unread.
    silence: Option<Duration>,
    /// The user logged in with a token.
    pub(super) by_token: bool,
    /// Since when it has waited for the client's next bytes.
    waiting_since: Option<Instant>,
    /// From the client, for the machine.
    pub(super) input: BytesMut,
    /// Faults that this session has met and that it meets once.
    seen: Vec<u64>,
    /// Faults that count bytes, and how many bytes are left before each happens.
    counting: Vec<(Fault, u64)>,
    /// Faults that make it slow.
    pacing: Vec<Fault>,
    /// How often the faults were switched off when the counting began.
    cleared: u64,
}

impl Link {
    pub(super) fn new(
        wire: Wire,
        faults: Faults,
        is_imap: bool,
        silence: Option<Duration>,
    ) -> Self {
        let cleared = faults.cleared();
        Self {
            wire,
            faults,
            is_imap,
            silence,
            cleared,
            by_token: false,
            waiting_since: None,
            input: BytesMut::new(),
            seen: Vec::new(),
            counting: Vec::new(),
            pacing: Vec::new(),
        }
    }

    // To the client.

    /// Writes what the machine has queued; false if that was nothing.
    pub(super) async fn flush(&mut self, machine: &mut impl Machine) -> io::Result<bool> {
        let mut any = false;
        while let Some(octets) = machine.transmit() {
            self.send(&octets).await?;
            any = true;
        }
        if any {
            within(self.silence, self.wire.flush()).await?;
        }
        Ok(any)
    }

    async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        let damaged = self.damaged(octets);
        let mut rest = damaged.as_deref().unwrap_or(octets);
        while !rest.is_empty() {
            self.meet_lasting();
            let room = self.wait_for_room().await?;
            let (piece, pause) = self.pace(rest.len().min(room));
            let (now, later) = rest.split_at(piece);
            within(self.silence, self.wire.write(now)).await?;
            for (_, left) in &mut self.counting {
                *left = left.saturating_sub(u64::try_from(piece).unwrap_or(u64::MAX));
            }
            rest = later;
            if let Some(pause) = pause {
                within(self.silence, self.wire.flush()).await?;
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

    /// Meets the faults that last as long as the session: those that count bytes, and those that
    /// make it slow.
    fn meet_lasting(&mut self) {
        let lasts = |fault: &Fault| {
            let counts = matches!(fault, Fault::CutAfter(_) | Fault::StallAfter(_));
            counts || matches!(fault, Fault::Drip { .. } | Fault::Throttle(_))
        };
        while let Some(rule) = self.faults.meet(&self.seen, lasts) {
            self.seen.push(rule.id);
            match rule.fault {
                Fault::CutAfter(bytes) | Fault::StallAfter(bytes) => {
                    self.counting.push((rule.fault, bytes));
                }
                fault => self.pacing.push(fault),
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
                self.pacing.clear();
            }
            match self.counting.iter().find(|(_, left)| *left == 0) {
                None => {
                    let room = self.counting.iter().map(|(_, left)| *left).min();
                    return Ok(usize::try_from(room.unwrap_or(u64::MAX)).unwrap_or(usize::MAX));
                }
                Some((Fault::CutAfter(_), _)) => {
                    within(self.silence, self.wire.flush()).await?;
                    return Err(cut());
                }
                Some(_) => {
                    within(self.silence, self.wire.flush()).await?;
                    self.faults.after(version).happened().await;
                }
            }
        }
    }

    /// How many of these bytes are written at once, and the pause after them.
    fn pace(&self, bytes: usize) -> (usize, Option<Duration>) {
        let pace = self.pacing.iter().find_map(|fault| match fault {
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
                    within(self.silence, self.wire.flush()).await?;
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
        within(self.silence, self.wire.flush()).await?;
        self.wire.shutdown().await?;
        Err(cut())
    }

    // From the client.

    /// Waits for the client, for news of the session or of the faults, or until the client was
    /// silent for too long. News do not lengthen that time.
    pub(super) async fn wait(&mut self, news: Option<NextChange>) -> Waited {
        let mut faults = pin!(self.faults.after(self.faults.version()).happened());
        let mut news = pin!(async {
            match news {
                Some(news) => news.happened().await,
                None => pending().await,
            }
        });
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let end = self.silence.and_then(|silence| since.checked_add(silence));
        let mut deadline = pin!(end.map(sleep_until));
        let mut read = pin!(self.wire.receive(&mut self.input));
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

    /// Looks at a command that came, by its name: the answer to it, if a fault refuses it. Fails if
    /// the session is over with it.
    pub(super) async fn screen(&mut self, name: &str) -> io::Result<Option<String>> {
        let is_expired = |fault: &Fault| *fault == Fault::TokensExpired;
        if self.by_token && self.faults.meet(&[], is_expired).is_some() {
            self.farewell("Session invalidated - AccessTokenExpired").await?;
        }
        let fits = |fault: &Fault| match fault {
            Fault::Refuse { command, .. } => command.eq_ignore_ascii_case(name),
            _ => false,
        };
        Ok(match self.faults.meet(&[], fits).map(|rule| rule.fault) {
            Some(Fault::Refuse { answer, .. }) => Some(answer),
            _ => None,
        })
    }
}

/// Writes, unless the client does not read for too long.
async fn within(
    limit: Option<Duration>,
    write: impl Future<Output = io::Result<()>>,
) -> io::Result<()> {
    match limit {
        Some(limit) => timeout(limit, write).await?,
        None => write.await,
    }
}

fn cut() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
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
    fn bytes_are_found() {
        assert_eq!(place_of(b"abcabc", b"ca"), Some(2));
        assert_eq!(place_of(b"abc", b""), None);
    }
}
