//! Changes: IDLE, or NOOP once a minute. Every start is stored, so a wait that is dropped and made
//! again goes on where it was.

use std::{
    future::poll_fn,
    task::{Context, Poll, ready},
    time::Duration,
};

use imap_proto_lite::{Command, Status, client::Event};
use tokio::time::Instant;

use crate::{
    change::Change,
    clock::later,
    driver::Until,
    error::{Error, Result},
    imap::{
        answer::Heard,
        mailbox::{ImapMailbox, Under},
    },
};

/// An IDLE that a server ends by itself within this time was of no use.
const USELESS: Duration = Duration::from_secs(5);
/// After so many of them NOOP takes the place of IDLE: a server that answers each at once would be
/// asked without end.
const MOST_USELESS: u8 = 2;

impl ImapMailbox {
    pub(super) async fn wait_for_change(&mut self) -> Result<Change> {
        poll_fn(|cx| self.poll_change(cx)).await
    }

    fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Result<Change>> {
        loop {
            if let Some(change) = self.pending.pop() {
                return Poll::Ready(Ok(change));
            }
            if self.open.is_none() {
                return Poll::Ready(Err(Error::NoFolder));
            }
            match self.under {
                Under::Idle { id, since } => {
                    let end = later(since, self.driver.timeouts().idle_period());
                    match ready!(self.poll_heard(cx, Until::Time(end), &mut |_, _| false))? {
                        Heard::Event(Event::Done { id: done, status, .. }) if done == id => {
                            self.idle_ended(since, status);
                        }
                        // Renewed before middle-boxes forget the connection.
                        Heard::Time => {
                            // It may be over by now.
                            let _ = self.driver.machine_mut().end_idle(id);
                            self.watch.useless = 0;
                            self.under = Under::Poll { id };
                        }
                        _ => {}
                    }
                }
                Under::Poll { id } => {
                    let heard = ready!(self.poll_heard(cx, Until::Event, &mut |_, _| false))?;
                    if matches!(heard, Heard::Event(Event::Done { id: done, .. }) if done == id) {
                        self.under = Under::Nothing;
                        self.watch.polled = Some(Instant::now());
                    }
                }
                _ => ready!(self.poll_begin_wait(cx))?,
            }
        }
    }

    /// Sends IDLE, or waits until the next NOOP is due and sends that.
    fn poll_begin_wait(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.poll_settle(cx))?;
        if self.watch.useless < MOST_USELESS && self.can(&Command::Idle) {
            let id = self.send(&Command::Idle)?;
            self.under = Under::Idle { id, since: Instant::now() };
            return Poll::Ready(Ok(()));
        }
        let polled = *self.watch.polled.get_or_insert_with(|| self.driver.heard());
        let due = later(polled, self.driver.timeouts().poll_period());
        let heard = ready!(self.poll_heard(cx, Until::Time(due), &mut |_, _| false))?;
        if matches!(heard, Heard::Time) {
            self.under = Under::Poll { id: self.send(&Command::Noop)? };
        }
        Poll::Ready(Ok(()))
    }

    /// The server ended IDLE: it refused it, or lost interest.
    fn idle_ended(&mut self, since: Instant, status: Status) {
        self.under = Under::Nothing;
        if status != Status::Ok {
            self.watch.useless = MOST_USELESS;
        } else if since.elapsed() < USELESS {
            self.watch.useless = self.watch.useless.saturating_add(1);
        } else {
            self.watch.useless = 0;
        }
    }
}
