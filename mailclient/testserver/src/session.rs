//! The loop of a session, the same for both protocols: events of the machine, bytes to the client,
//! bytes from the client.

use std::{future::Future, io};

use super::{
    changes::NextChange,
    link::{Link, Waited},
    machine::{Machine, Next},
    shared::Shared,
};

/// The part of a session that knows the accounts.
pub(super) trait Session: Send {
    type Machine: Machine;

    /// Answers a request of the client.
    fn event(
        &mut self,
        machine: &mut Self::Machine,
        link: &mut Link,
        event: <Self::Machine as Machine>::Event,
    ) -> impl Future<Output = io::Result<()>> + Send;

    /// The change that a client waits to be told.
    fn next_news(&self, _machine: &Self::Machine) -> Option<NextChange> {
        None
    }

    /// Queues the [news](Self::next_news).
    fn tell_news(&mut self, _machine: &mut Self::Machine) -> io::Result<()> {
        Ok(())
    }
}

/// Serves one connection, whose greeting is queued, to its end.
pub(super) async fn run<S: Session>(
    mut machine: S::Machine,
    mut session: S,
    mut link: Link,
    shared: &Shared,
) -> io::Result<()> {
    loop {
        match machine.next(&mut link.input) {
            Ok(Next::Screen(name, screen)) => match link.screen(&name).await? {
                Some(answer) => machine.refuse(screen, &answer)?,
                None => machine.pass(screen)?,
            },
            Ok(Next::StartTls) => {
                link.flush(&mut machine).await?;
                link.wire.upgrade(&shared.acceptor, shared.limits.handshake).await?;
                machine = machine.protected(&link.input)?;
            }
            Ok(Next::Compress) => {
                link.flush(&mut machine).await?;
                link.wire.compress(machine.compressed(&mut link.input)?);
            }
            Ok(Next::Close) => {
                link.flush(&mut machine).await?;
                return link.wire.shutdown().await;
            }
            Ok(Next::Event(event)) => session.event(&mut machine, &mut link, event).await?,
            Ok(Next::Wait) => {
                if link.flush(&mut machine).await? {
                    continue;
                }
                link.interrupt().await?;
                match link.wait(session.next_news(&machine)).await {
                    Waited::Received(received) => {
                        if !received? {
                            machine.ended(&link.input);
                            return link.wire.shutdown().await;
                        }
                    }
                    Waited::News => session.tell_news(&mut machine)?,
                    Waited::Faults => {}
                    Waited::Silence => machine.timed_out(),
                }
            }
            Err(error) => {
                link.flush(&mut machine).await?;
                link.wire.shutdown().await?;
                return Err(error);
            }
        }
    }
}
