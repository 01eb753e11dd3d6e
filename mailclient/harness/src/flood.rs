//! The flood matrix: at every line of every operation the server sends the same thing for ever.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use crate::{
    fault::{Fault, Wire},
    known::Known,
    memory::allocated_by,
    operation::{Answer, Operation, shown},
};

/// An operation that takes longer has no deadline at all.
const HANGS: Duration = Duration::from_secs(24 * 3600);

/// What a server sends again and again.
#[derive(Clone, Copy, Debug)]
pub struct Flood {
    /// Its name in a row.
    pub name: &'static str,
    /// The bytes before the first piece.
    pub begin: &'static str,
    /// The piece that is repeated, for `bytes` bytes.
    pub piece: &'static str,
    /// How many bytes are sent.
    pub bytes: usize,
    /// What an operation may allocate at most, in bytes, in use at the same time.
    pub memory: u64,
    /// The operations that ask for it: for them it is a long answer, and no flood.
    pub asked_by: &'static [&'static str],
    /// Of so many places one is flooded.
    pub every: usize,
}

/// The matrix over operations on sessions of type `S`.
#[derive(Debug)]
pub struct Floods<'o, S, M> {
    /// The first word of each row: what the sessions are.
    pub subject: &'static str,
    /// Connects and logs in; the first operation of each session.
    pub login: &'o Operation<S>,
    /// The operations after the login.
    pub operations: &'o [Operation<S>],
    /// What the sessions can do: what [operations need](Operation::needing).
    pub features: Vec<String>,
    /// The floods.
    pub floods: &'o [Flood],
    /// The places in what a server sent where a flood may begin: 0, and places after a line.
    pub places: fn(&[u8]) -> Vec<usize>,
    /// The classes of errors that tell of a limit.
    pub limits: &'o [&'o str],
    /// Words in an answer about many things, of the one in which the server went too far.
    pub told: &'o str,
    /// Makes a session that is not connected yet, over a connection with this wire.
    pub make: M,
}

impl<S, M: AsyncFn(&Wire) -> S> Floods<'_, S, M> {
    /// Runs the matrix, or the sample of it that `known` takes. A row is `SUBJECT FLOOD in
    /// OPERATION`.
    pub async fn run(&self, known: &mut Known) {
        for operation in std::iter::once(self.login).chain(self.operations) {
            let clean = operation.clean(self.login, &self.make, &self.features).await;
            let Some((clean, wire)) = clean else {
                continue;
            };
            let bytes = wire.recorded();
            let mut places = (self.places)(&bytes);
            places.retain(|place| *place < bytes.len());
            for flood in self.floods.iter().filter(|one| !one.asked_by.contains(&operation.name)) {
                for place in places.iter().step_by(flood.every) {
                    self.one(operation, &clean, flood, *place, known).await;
                }
            }
        }
    }

    /// Whether a change was confirmed before the flood, and the answer tells both.
    fn is_done_before(&self, text: &str, clean: &Answer) -> bool {
        let then = clean.as_ref().ok().and_then(|clean| text.strip_prefix(clean.as_str()));
        then.and_then(|then| then.strip_prefix(", then "))
            .is_some_and(|class| self.limits.contains(&class))
    }

    async fn one(
        &self,
        operation: &Operation<S>,
        clean: &Answer,
        flood: &Flood,
        place: usize,
        known: &mut Known,
    ) {
        let row = format!("{} {} in {}", self.subject, flood.name, operation.name);
        if !known.takes(&[&row]) {
            return;
        }
        let wire = Wire::new();
        let mut session = operation.session(self.login, &self.make, &wire).await;
        let at = wire.bytes_read() + place as u64;
        wire.on_read(at, Fault::Insert(Bytes::from_static(flood.begin.as_bytes())));
        let times = (flood.bytes / flood.piece.len()) as u64;
        wire.on_read(at, Fault::Flood { piece: Bytes::from_static(flood.piece.as_bytes()), times });
        let (answer, used) = allocated_by(timeout(HANGS, operation.run(&mut session))).await;
        let at = format!("at byte {place}");
        let Ok(answer) = answer else {
            known.fails(format!("{row}, hangs"), at);
            return;
        };
        if used.peak > flood.memory {
            known.fails(format!("{row}, fills the memory"), format!("{at}: {used:?}"));
        }
        match &answer {
            Err(failure) if failure.class == "Panic" => {
                known.fails(format!("{row}, panics"), format!("{at}: {}", shown(&answer)));
            }
            _ if answer == *clean => {}
            Err(failure) if self.limits.contains(&failure.class.as_str()) => {}
            Err(failure) if operation.changes && failure.class == "Unknown" => {}
            Ok(text) if operation.changes && self.is_done_before(text, clean) => {}
            Ok(text) if text.contains(self.told) => {}
            _ => known.fails(row, format!("{at}: {}", shown(&answer))),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;
    use crate::{fault::FaultStream, operation::Failure};

    /// A client that reads a line, of at most so many bytes.
    struct Client {
        stream: FaultStream<DuplexStream>,
        limit: usize,
    }

    impl Client {
        async fn line(&mut self) -> Answer {
            let mut line = Vec::new();
            while !line.ends_with(b"\n") {
                if line.len() == self.limit {
                    let text = String::new();
                    return Err(Failure { class: "TooLong".into(), transient: false, text });
                }
                line.push(self.stream.read_u8().await.unwrap());
            }
            Ok(String::from_utf8_lossy(&line).into_owned())
        }
    }

    const LOGIN: Operation<Client> =
        Operation::new("login", |_| Box::pin(async { Ok(String::new()) }));
    const LINE: Operation<Client> = Operation::new("line", |client| Box::pin(client.line()));

    async fn rows(limit: usize) -> Vec<String> {
        let mut known = Known::with("", true);
        let endless = Flood {
            name: "endless line",
            begin: "x",
            piece: "xxxxxxxx",
            bytes: 80_000,
            memory: 10_000,
            asked_by: &[],
            every: 1,
        };
        let matrix = Floods {
            subject: "toy",
            login: &LOGIN,
            operations: &[LINE],
            features: Vec::new(),
            floods: &[endless],
            places: |_| vec![0],
            limits: &["TooLong"],
            told: "too long",
            make: async |wire: &Wire| {
                let (mut server, client) = tokio::io::duplex(64);
                tokio::spawn(async move {
                    server.write_all(b"hello\n").await.unwrap();
                    std::future::pending::<()>().await;
                });
                Client { stream: FaultStream::new(client, wire), limit }
            },
        };
        matrix.run(&mut known).await;
        known.found().into_iter().map(String::from).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_told_passes() {
        assert_eq!(rows(1_000).await, [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_without_a_limit_is_found() {
        let found = rows(usize::MAX).await;
        assert_eq!(
            found,
            ["toy endless line in line", "toy endless line in line, fills the memory"]
        );
    }
}
