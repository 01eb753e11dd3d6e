//! Sending commands, hearing answers, and finishing what dropped calls left.

use std::{
    future::poll_fn,
    task::{Context, Poll, ready},
};

use pop3_proto::{Command, CommandId, CommandKind, Status, client::Event};

use crate::{
    driver::Until,
    error::{Advice, Error, Refusal, Result},
    pop3::mailbox::{Pop3Mailbox, Under},
};

impl Pop3Mailbox {
    /// Sends a command without a type here, [`Command::Raw`], and passes every line of its answer
    /// to `on`.
    ///
    /// # Errors
    /// [`Error::Misuse`] for any other command, [`Error::Refused`] with the answer of the server.
    pub async fn run(
        &mut self,
        command: &Command<'_>,
        mut on: impl FnMut(&[u8]) + Send,
    ) -> Result<()> {
        if command.kind() != CommandKind::Raw {
            return Err(Error::misuse(
                "this command cannot be run: a method of the mailbox sends it",
            ));
        }
        self.settle().await?;
        let id = self.send(command)?;
        self.complete(id, "the command", &mut |event| match event {
            Event::Line { line, .. } | Event::Unrecognized { line, .. } => {
                on(line);
                true
            }
            Event::Body { chunk, .. } => {
                on(chunk);
                true
            }
            _ => false,
        })
        .await
    }

    /// Queues a command. Nothing leaves before the next poll.
    pub(super) fn send(&mut self, command: &Command<'_>) -> Result<CommandId> {
        self.driver.send(command)
    }

    /// Queues a command; `None` if an answer has to come first.
    pub(super) fn try_send(&mut self, command: &Command<'_>) -> Result<Option<CommandId>> {
        self.driver.try_send(command)
    }

    /// Passes the events before the answer to a command to `on`, which tells whether they are part
    /// of what was asked for.
    ///
    /// # Errors
    /// [`Error::Refused`] for a negative answer.
    pub(super) async fn complete(
        &mut self,
        wanted: CommandId,
        name: &'static str,
        on: &mut (dyn FnMut(&Event) -> bool + Send),
    ) -> Result<()> {
        loop {
            let event = self.driver.next_event().await?;
            if event.id() != Some(wanted) {
                continue;
            }
            if matches!(event, Event::Done { .. }) {
                // A late refusal of PASS may be taken for the answer to this command.
                return accepted(name, event).map_err(|error| error.without(self.driver.secrets()));
            }
            let is_asked_for = on(&event);
            self.driver.decide(is_asked_for);
        }
    }

    /// Makes the connection ready for the next command: takes back what dropped calls queued and
    /// did not send, and reads the rest of the answers, within bounds.
    ///
    /// # Errors
    /// [`Error::Closed`] after a QUIT, and when more is outstanding than the bounds allow.
    pub(super) async fn settle(&mut self) -> Result<()> {
        poll_fn(|cx| self.poll_settle(cx)).await
    }

    pub(super) fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if matches!(self.under, Under::Quit) {
            return Poll::Ready(Err(self.driver.give_up()));
        }
        self.under = Under::Nothing;
        self.driver.take_back();
        while self.driver.is_settling()? {
            if ready!(self.driver.poll(cx, Until::Settled))?.is_none() {
                return Poll::Ready(Err(self.driver.give_up()));
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// A positive answer.
///
/// # Errors
/// [`Error::Refused`] for a negative one.
pub(super) fn accepted(name: &'static str, answer: Event) -> Result<()> {
    let Event::Done { status, code, text, .. } = answer else {
        return Err(Error::inconsistent("a command was answered by something else"));
    };
    if status == Status::Ok {
        return Ok(());
    }
    let code_name = code.as_ref().map(|code| String::from_utf8_lossy(code.as_bytes()));
    let advice = code.as_ref().map_or(Advice::Unknown, |code| code.retry().into());
    let refusal = Refusal::with_advice(name, code_name.as_deref(), &text.to_string(), advice);
    Err(Error::Refused(Box::new(refusal)))
}
