//! Sending commands, hearing answers, and finishing what dropped calls left.

use std::{
    future::poll_fn,
    task::{Context, Poll, ready},
};

use imap_proto_lite::{
    Command, CommandId,
    client::Event,
    response::{FetchAttribute, Response, ResponseCode},
};

use crate::{
    driver::Until,
    error::{Error, Result},
    imap::{
        answer::{Heard, Listener, accepted},
        mailbox::{ImapMailbox, Under},
    },
};

impl ImapMailbox {
    /// Sends any command that neither changes the state of the session nor needs an answer of ours,
    /// and passes every untagged response before its answer to `on`: for extensions that
    /// [`Mailbox`](crate::Mailbox) does not have. [`Command::Raw`] sends one of which this crate
    /// has no type.
    ///
    /// ```
    /// # async fn namespaces(mailbox: &mut dyn mailclient::Mailbox) -> mailclient::Result<()> {
    /// use mailclient::imap_proto_lite::{Command, Response};
    ///
    /// if let Some(imap) = mailbox.as_imap() {
    ///     imap.run(&Command::Namespace, |response| {
    ///         if let Response::Namespace(namespaces) = response {
    ///             println!("{namespaces:?}");
    ///         }
    ///     })
    ///     .await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Misuse`] for a command that the mailbox has to send itself, [`Error::Refused`] with
    /// the answer of the server, [`Error::Unsupported`] where the server does not announce it.
    pub async fn run(
        &mut self,
        command: &Command<'_>,
        mut on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<()> {
        let kind = command.kind();
        if !kind.keeps_the_state() {
            return Err(Error::misuse(format_args!(
                "{kind} cannot be run: a method of the mailbox sends it"
            )));
        }
        self.settle().await?;
        let id = self.send(command)?;
        self.under = Under::Run;
        self.complete(id, kind.to_keyword(), &mut |_, response| {
            on(response);
            false
        })
        .await?;
        self.under = Under::Nothing;
        Ok(())
    }

    /// Queues a command. Nothing leaves before the next poll.
    pub(super) fn send(&mut self, command: &Command<'_>) -> Result<CommandId> {
        self.driver.send(command)
    }

    /// Queues a command; `None` if an answer has to come first.
    pub(super) fn try_send(&mut self, command: &Command<'_>) -> Result<Option<CommandId>> {
        self.driver.try_send(command)
    }

    /// Queues a command that may go out together with the one before it, after whose answer it is
    /// sent where the server takes one at a time.
    pub(super) async fn send_after(
        &mut self,
        before: CommandId,
        command: &Command<'_>,
        on: &mut Listener<'_>,
    ) -> Result<(CommandId, Option<Event>)> {
        match self.try_send(command)? {
            Some(id) => Ok((id, None)),
            None => {
                let answer = self.answer(before, on).await?;
                Ok((self.send(command)?, Some(answer)))
            }
        }
    }

    /// The next thing that the server says. It is recorded here, so that nothing is lost when the
    /// future that waits for it is dropped.
    pub(super) fn poll_heard(
        &mut self,
        cx: &mut Context<'_>,
        until: Until,
        on: &mut Listener<'_>,
    ) -> Poll<Result<Heard>> {
        let Some(event) = ready!(self.driver.poll(cx, until))? else {
            return Poll::Ready(Ok(Heard::Time));
        };
        match &event {
            Event::Untagged(line) => {
                // A line that came before the question is part of no answer.
                let (is_asked, response) = (self.driver.is_asked(), line.response());
                let mut is_answer = matches!(self.under, Under::Run)
                    && !matches!(response, Response::Condition { .. });
                self.hear(&response, &mut |view, response| {
                    let is_taken = is_asked && on(view, response);
                    is_answer |= is_taken;
                    is_taken
                });
                self.driver.decide(is_asked && is_answer);
                return Poll::Ready(Ok(Heard::Line));
            }
            Event::Done { status, code, text, .. } => {
                self.hear_answer(*status, code.as_ref(), text);
            }
            // The line that they belong to follows, and is judged.
            Event::BodyStart { .. } | Event::Body { .. } | Event::BodyEnd => {}
            _ => self.driver.decide(false),
        }
        Poll::Ready(Ok(Heard::Event(event)))
    }

    /// The answer to a command, whatever it is.
    pub(super) async fn answer(
        &mut self,
        wanted: CommandId,
        on: &mut Listener<'_>,
    ) -> Result<Event> {
        loop {
            let event = self.next_answer(on).await?;
            if event.id() == Some(wanted) {
                return Ok(event);
            }
        }
    }

    /// The next answer, to whatever command.
    pub(super) async fn next_answer(&mut self, on: &mut Listener<'_>) -> Result<Event> {
        poll_fn(|cx| {
            loop {
                let heard = ready!(self.poll_heard(cx, Until::Event, on))?;
                if let Heard::Event(event @ Event::Done { .. }) = heard {
                    return Poll::Ready(Ok(event));
                }
            }
        })
        .await
    }

    /// The code of a positive answer to a command.
    ///
    /// # Errors
    /// [`Error::Refused`] for a negative one.
    pub(super) async fn complete(
        &mut self,
        wanted: CommandId,
        name: &'static str,
        on: &mut Listener<'_>,
    ) -> Result<Option<ResponseCode<'static>>> {
        let answer = self.answer(wanted, on).await?;
        accepted(name, answer)
    }

    /// Sends a command and waits for its answer.
    pub(super) async fn ask(
        &mut self,
        name: &'static str,
        command: &Command<'_>,
    ) -> Result<Option<ResponseCode<'static>>> {
        let id = self.send(command)?;
        self.complete(id, name, &mut |_, _| false).await
    }

    /// Makes the connection ready for the next command: takes back what dropped calls queued and
    /// did not send, ends IDLE, and reads the rest of the answers, within bounds.
    ///
    /// # Errors
    /// [`Error::Closed`] after half an upload, and when more is outstanding than the bounds allow.
    pub(super) async fn settle(&mut self) -> Result<()> {
        poll_fn(|cx| self.poll_settle(cx)).await
    }

    pub(super) fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match std::mem::replace(&mut self.under, Under::Nothing) {
            Under::Upload => return Poll::Ready(Err(self.driver.give_up())),
            Under::Idle { id, .. } => {
                // It may be over by now.
                let _ = self.driver.machine_mut().end_idle(id);
            }
            _ => {}
        }
        self.driver.take_back();
        while self.driver.is_settling()? {
            let heard = ready!(self.poll_heard(cx, Until::Settled, &mut |_, line| is_row(line)))?;
            if matches!(heard, Heard::Time) {
                return Poll::Ready(Err(self.driver.give_up()));
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// A FETCH response that a server sends only when it was asked: no news.
fn is_row(response: &Response<'_>) -> bool {
    let Response::Fetch(fetch) = response else {
        return false;
    };
    fetch.iter().any(|attribute| {
        matches!(
            attribute,
            FetchAttribute::Rfc822Size(_)
                | FetchAttribute::InternalDate(_)
                | FetchAttribute::BodySection { .. }
        )
    })
}
