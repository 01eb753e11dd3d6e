//! The matrices of `mail-harness` over both protocols and every kind of test server: drops, faults,
//! refusals, floods, secrets.
//! Today's failures are in `known-failures.txt`, a row a line; a row that is not listed fails the
//! test, and so does a listed row that passes. Of the sessions of other rows one of 101 is run;
//! `MAIL_MATRICES=whole` runs every session on the server that can do everything, and one of five
//! on the others; of the single drops one of three there.

mod cancel;
mod faults;
mod floods;
mod refusals;
mod round_trips;
mod secrets;

use mail_harness::{fault::Wire, known::Known};
use mailclient::{FeatureSet, List, MessageId, Protocol};
use mailclient_contract::{Persona, personas};

use crate::{
    operations::LOGIN,
    session::{LARGE_PIPE, Session, Way, everything},
};

const KNOWN_FAILURES: &str = include_str!("matrix/known-failures.txt");

/// The rows of the list that begin with `subject`.
fn known(subject: &str) -> Known {
    let rows = KNOWN_FAILURES.lines().filter(|line| line.starts_with(subject));
    Known::new(&rows.collect::<Vec<_>>().join("\n"))
}

/// Fails the test with what is wrong with the list. `--nocapture` shows what was run, and the list
/// as it should be.
#[allow(clippy::print_stdout, reason = "the figures belong to the run")]
fn finish(subject: &str, known: &Known) {
    let (run, all) = known.sessions();
    println!("{subject}: {run} of {all} sessions, {} rows fail", known.found().len());
    for row in known.found() {
        println!("found: {row}");
    }
    let verdict = known.verdict();
    assert!(verdict.is_empty(), "{} rows are wrong:\n{}", verdict.len(), verdict.join("\n"));
}

#[test]
fn every_listed_row_belongs_to_a_matrix() {
    const MATRICES: [&str; 14] = [
        "imap drop ",
        "imap marked drop ",
        "imap twice drop ",
        "imap break ",
        "imap refuse ",
        "imap flood ",
        "imap show ",
        "pop3 drop ",
        "pop3 marked drop ",
        "pop3 twice drop ",
        "pop3 break ",
        "pop3 refuse ",
        "pop3 flood ",
        "pop3 show ",
    ];
    for row in KNOWN_FAILURES.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        assert!(MATRICES.iter().any(|matrix| row.starts_with(matrix)), "{row}");
    }
}

/// A kind of server that a matrix runs on.
struct Case {
    persona: Persona,
    protocol: Protocol,
    /// The ids of the messages in INBOX; none where they differ between sessions.
    ids: Vec<MessageId>,
    features: Vec<String>,
}

impl Case {
    fn words(features: FeatureSet) -> Vec<String> {
        let all = mailclient::Feature::ALL.iter();
        all.filter(|one| features.contains(**one)).map(|one| format!("{one:?}")).collect()
    }

    async fn new(persona: Persona, protocol: Protocol) -> Self {
        let features = Self::words(persona.features(protocol == Protocol::Imap));
        let mut case = Self { persona, protocol, ids: Vec::new(), features };
        if persona.name() == everything().name() {
            let mut session = case.session(&Wire::new(), Way::Pipe(LARGE_PIPE)).await;
            session.connect().await.unwrap();
            let request = List::all();
            let rows = session.mailbox().unwrap().list(&request).await.unwrap();
            let rows = rows.collect(100).await.unwrap();
            case.ids = rows.into_iter().map(|row| row.id).collect();
        }
        case
    }

    /// A session that is not connected yet.
    async fn session(&self, wire: &Wire, way: Way) -> Session {
        Session::new(self.persona, self.protocol, way, wire, &self.ids).await
    }

    /// A session that is logged in.
    async fn open(&self, way: Way) -> Session {
        let mut session = self.session(&Wire::new(), way).await;
        LOGIN.run(&mut session).await.unwrap();
        session
    }
}

/// The kinds of servers of a matrix, `everything` first; the others are variants of `known`. A kind
/// that no login succeeds on is a row that fails.
async fn cases(
    subject: &str,
    protocol: Protocol,
    known: &mut Known,
    mut run: impl AsyncFnMut(&Case, &mut Known),
) {
    for persona in personas() {
        if persona.name() != everything().name() {
            known.variant(persona.name());
        }
        let case = Case::new(persona, protocol).await;
        let login = LOGIN.run(&mut case.session(&Wire::new(), Way::Pipe(LARGE_PIPE)).await).await;
        match login {
            Ok(_) => run(&case, known).await,
            Err(failure) => {
                let row = format!("{subject} login");
                known.tried(&row);
                known.fails(row, failure.to_string());
            }
        }
    }
}
