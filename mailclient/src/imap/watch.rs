//! Changes: IDLE, or NOOP once a minute.

use std::time::Duration;

use imap_proto_lite::{Command, client::Event};
use tokio::time::{sleep, timeout};

use crate::{
    change::Change,
    driver::Stream,
    error::{Error, Result, Stage},
    imap::ImapMailbox,
};

/// The time between two NOOPs on a server without IDLE.
const POLL_EVERY: Duration = Duration::from_secs(60);
/// The longest that one IDLE may last (RFC 2177).
const LONGEST_IDLE: Duration = Duration::from_secs(29 * 60);

impl<S: Stream> ImapMailbox<S> {
    /// See [`Mailbox::next_change`](crate::Mailbox::next_change). Uses IDLE (RFC 2177), renewed
    /// before middle-boxes forget the connection, or a NOOP each minute. Changes that came during
    /// other calls are returned first. The future may be dropped; the next call of another method
    /// ends IDLE.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn next_change(&mut self) -> Result<Change> {
        if self.idling.is_none() {
            self.settle().await?;
        }
        loop {
            if let Some(change) = self.changes.pop() {
                return Ok(change);
            }
            if self.selected.is_none() {
                return Err(Error::misuse("no folder is open"));
            }
            if self.has("IDLE") {
                self.idle().await?;
            } else {
                sleep(POLL_EVERY).await;
                self.run("NOOP", &Command::Noop).await?;
            }
        }
    }

    /// Idles until an event comes, or until IDLE is to be renewed.
    async fn idle(&mut self) -> Result<()> {
        if self.idling.is_none() {
            self.idling = Some(self.send(&Command::Idle)?);
        }
        // A silent IDLE is normal: the patience of commands applies only after DONE.
        let renewal = self.timeouts.idle.min(LONGEST_IDLE);
        self.driver.set_stage(Stage::Command, renewal + self.timeouts.command);
        let event = timeout(renewal, self.next_event()).await;
        self.driver.set_stage(Stage::Command, self.timeouts.command);
        match event {
            Ok(event) => self.ended(event?),
            Err(_elapsed) => self.settle().await,
        }
    }

    /// The server ended IDLE: it refused it, or is about to close.
    fn ended(&self, event: Event) -> Result<()> {
        match event {
            Event::Done { status, code, text, .. } if status != imap_proto_lite::Status::Ok => {
                Err(super::refused("IDLE", code.as_ref(), &text))
            }
            _ => Ok(()),
        }
    }
}
