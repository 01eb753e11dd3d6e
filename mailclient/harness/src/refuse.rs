//! The refusal matrix: every command of every operation is answered with a refusal.

use crate::{
    fault::Wire,
    known::Known,
    operation::{Answer, Operation, shown},
};

/// The classes of errors of a session that does not go on.
const ENDED: [&str; 6] = ["Closed", "Timeout", "Io", "Protocol", "Unknown", "Panic"];

/// How a server refuses a command.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// Its name in a row.
    pub name: &'static str,
    /// What the server says.
    pub answer: &'static str,
    /// Text of it that the client's error has to show.
    pub shown: &'static str,
    /// The client has to say that it is worth trying again.
    pub transient: bool,
}

/// The matrix over operations on sessions of type `S`.
#[derive(Debug)]
pub struct Refusals<'o, S, M, R> {
    /// The first word of each row: what the sessions are.
    pub subject: &'static str,
    /// Connects and logs in; the first operation of each session.
    pub login: &'o Operation<S>,
    /// The operations after the login.
    pub operations: &'o [Operation<S>],
    /// Follows after a refusal: the session goes on.
    pub witness: &'o Operation<S>,
    /// What the sessions can do: what [operations need](Operation::needing).
    pub features: Vec<String>,
    /// The refusals.
    pub refusals: &'o [Refusal],
    /// Commands that a client can do without: their refusal may change nothing. `COMMAND in
    /// OPERATION` for those that only this operation can do without.
    pub optional: &'o [&'o str],
    /// The commands in what a client has written.
    pub commands: fn(&[u8]) -> Vec<String>,
    /// Makes a session that is not connected yet, over a connection with this wire.
    pub make: M,
    /// Makes the session's server refuse a command once, or always.
    pub refuse: R,
}

impl<S, M, R> Refusals<'_, S, M, R>
where
    M: AsyncFn(&Wire) -> S,
    R: Fn(&S, &str, &Refusal, bool),
{
    /// Runs the matrix, or the sample of it that `known` takes. Rows are `SUBJECT REFUSAL to
    /// COMMAND in OPERATION` and the same with `, then WITNESS`; a command is refused once, or as
    /// often as it comes.
    pub async fn run(&self, known: &mut Known) {
        for operation in std::iter::once(self.login).chain(self.operations) {
            let clean = operation.clean(self.login, &self.make, &self.features).await;
            let Some((clean, wire)) = clean else {
                continue;
            };
            let mut commands = (self.commands)(&wire.recorded_writes());
            commands.sort();
            commands.dedup();
            for command in &commands {
                for refusal in self.refusals {
                    for always in [false, true] {
                        self.one(operation, &clean, command, refusal, always, known).await;
                    }
                }
            }
        }
    }

    async fn one(
        &self,
        operation: &Operation<S>,
        clean: &Answer,
        command: &str,
        refusal: &Refusal,
        always: bool,
        known: &mut Known,
    ) {
        let row = format!("{} {} to {command} in {}", self.subject, refusal.name, operation.name);
        let then = format!("{row}, then {}", self.witness.name);
        if !known.takes(&[&row, &then]) {
            return;
        }
        let mut session = operation.session(self.login, &self.make, &Wire::new()).await;
        (self.refuse)(&session, command, refusal, always);
        let answer = operation.run(&mut session).await;
        // A reader that has got the same all the same had another way.
        let is_read = !operation.changes && answer == *clean;
        let place = format!("{command} in {}", operation.name);
        let is_optional = self.optional.iter().any(|one| *one == command || *one == place);
        let may_ignore = is_read || is_optional;
        if let Err(why) = judge(&answer, clean, refusal, may_ignore) {
            let why = format!("{}: {why}", if always { "always" } else { "once" });
            known.fails(own_row(&answer, &row), why);
        }
        let is_refused_session = operation.name == self.login.name && answer.is_err();
        if operation.ends || is_refused_session || always {
            return;
        }
        let after = self.witness.run(&mut session).await;
        // Another refusal is none of a session that has ended: that no folder is open, for one.
        if after.as_ref().is_err_and(|failure| ENDED.contains(&failure.class.as_str())) {
            known.fails(own_row(&after, &then), shown(&after));
        }
    }
}

/// A panic has a row to itself, so that no other failure of the list hides it.
fn own_row(answer: &Answer, row: &str) -> String {
    match answer {
        Err(failure) if failure.class == "Panic" => format!("{row}, panics"),
        _ => row.into(),
    }
}

/// Whether an operation with a refused command answered well: with the refusal, in the server's
/// words, or, if it can do without the command, as if nothing had been refused.
fn judge(
    answer: &Answer,
    clean: &Answer,
    refusal: &Refusal,
    may_ignore: bool,
) -> Result<(), String> {
    match answer {
        Ok(_) if may_ignore => Ok(()),
        // The answer is about many things, and tells of which the server refused.
        Ok(text) if text.contains(refusal.shown) => Ok(()),
        Ok(_) => Err(format!("as if nothing had been refused: {}", shown(answer))),
        Err(_) if answer == clean => Ok(()),
        Err(failure) if !["Refused", "Auth"].contains(&failure.class.as_str()) => {
            Err(format!("not a refusal: {}", shown(answer)))
        }
        Err(failure) if !failure.text.contains(refusal.shown) => {
            Err(format!("without the server's words: {}", shown(answer)))
        }
        Err(failure) if failure.transient != refusal.transient => {
            Err(format!("transient in place of {}: {}", refusal.transient, shown(answer)))
        }
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Failure;

    const NO: Refusal =
        Refusal { name: "NO", answer: "NO not now", shown: "not now", transient: true };

    /// A client of one command, `ask`, which may hide refusals, or be dead after one.
    #[derive(Default)]
    struct Client {
        refused: std::cell::Cell<Option<bool>>,
        hides: bool,
        dies: bool,
        dead: bool,
        wire: Wire,
    }

    impl Client {
        async fn ask(&mut self) -> Answer {
            let (stream, _server) = tokio::io::duplex(64);
            let mut stream = crate::fault::FaultStream::new(stream, &self.wire);
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"ask\n").await.unwrap();
            let failure = |class: &str, text: &str| {
                Err(Failure { class: class.into(), transient: true, text: text.into() })
            };
            if self.dead {
                return failure("Closed", "");
            }
            match self.refused.get() {
                Some(always) => {
                    self.refused.set(Some(true).filter(|_| always));
                    self.dead = self.dies;
                    if self.hides { Ok("fine".into()) } else { failure("Refused", "not now") }
                }
                None => Ok("fine".into()),
            }
        }
    }

    const LOGIN: Operation<Client> =
        Operation::new("login", |_| Box::pin(async { Ok(String::new()) }));
    const ASK: Operation<Client> =
        Operation::<Client>::new("ask", |client| Box::pin(client.ask())).changing();
    const READ: Operation<Client> = Operation::new("read", |client| Box::pin(client.ask()));

    async fn rows(
        hides: bool,
        dies: bool,
        optional: &[&str],
        operation: Operation<Client>,
    ) -> Vec<String> {
        let mut known = Known::with("", true);
        let matrix = Refusals {
            subject: "toy",
            login: &LOGIN,
            operations: &[operation],
            witness: &ASK,
            features: Vec::new(),
            refusals: &[NO],
            optional,
            commands: |bytes| String::from_utf8_lossy(bytes).lines().map(String::from).collect(),
            make: async |wire: &Wire| Client {
                hides,
                dies,
                wire: wire.clone(),
                ..Client::default()
            },
            refuse: |client: &Client, command: &str, _: &Refusal, always| {
                assert_eq!(command, "ask");
                client.refused.set(Some(always));
            },
        };
        matrix.run(&mut known).await;
        assert_eq!(known.sessions().0, 2);
        known.found().into_iter().map(String::from).collect()
    }

    #[tokio::test]
    async fn a_refusal_that_is_told_passes() {
        assert_eq!(rows(false, false, &[], ASK).await, [""; 0]);
    }

    #[tokio::test]
    async fn a_refusal_that_is_hidden_fails_unless_the_command_is_optional() {
        assert_eq!(rows(true, false, &[], ASK).await, ["toy NO to ask in ask"]);
        assert_eq!(rows(true, false, &["ask"], ASK).await, [""; 0]);
        assert_eq!(rows(true, false, &[], READ).await, [""; 0]);
    }

    #[tokio::test]
    async fn a_session_that_does_not_go_on_fails() {
        assert_eq!(rows(false, true, &[], ASK).await, ["toy NO to ask in ask, then ask"]);
    }
}
