//! The contract suite, over both protocols and every persona of the test server.
//!
//! Today's failures are in `known-failures.txt`, a row a line: scheme, persona, and the check. A
//! row that is not listed fails the test, and so does a listed row that passes. Two rows are no
//! checks: `features` is the row of the persona in the table of features; `connect` stands for
//! every check where no mailbox can be opened, and belongs to one reason.

use mail_harness::known::Known;
use mail_testserver::Scheme;
use mailclient_contract::{Persona, broken, names, personas, server};

use crate::support::account_at;

const KNOWN_FAILURES: &str = include_str!("contract/known-failures.txt");

/// What a mailbox on a persona fails in: the end of its row, and what was found.
async fn failures(persona: Persona, scheme: Scheme) -> Vec<(String, String)> {
    let server = persona.server(server()).start().await.unwrap();
    let (account, credentials) = (account_at(&server, scheme), persona.credentials(&server));
    let mailbox = match account.connect(&credentials).await {
        Ok(mailbox) => mailbox,
        Err(error) => return vec![(format!("connect: {error}"), error.to_string())],
    };
    let (found, expected) = (mailbox.features(), persona.features(scheme.is_imap()));
    drop(mailbox);
    let broken = broken(&mut (account, credentials), &server).await;
    let mut failures: Vec<_> =
        broken.into_iter().map(|one| (one.name.into(), one.reason)).collect();
    if found != expected {
        failures.push(("features".into(), format!("{found:?} in place of {expected:?}")));
    }
    failures
}

/// Of the first persona also over STARTTLS or STLS.
async fn holds_but_for_the_known_failures(tls: Scheme, upgrade: Scheme) {
    let protocol = if tls.is_imap() { "imap" } else { "pop3" };
    let rows = KNOWN_FAILURES.lines().filter(|row| row.starts_with(protocol));
    let mut known = Known::with(&rows.collect::<Vec<_>>().join("\n"), true);
    for (number, persona) in personas().enumerate() {
        let schemes = if number == 0 { &[tls, upgrade][..] } else { &[tls] };
        for &scheme in schemes {
            let row = |check: &str| format!("{scheme} {} {check}", persona.name());
            for check in names().chain(["features"]) {
                known.tried(&row(check));
            }
            for (check, found) in failures(persona, scheme).await {
                known.fails(row(&check), found);
            }
        }
    }
    let verdict = known.verdict();
    assert!(verdict.is_empty(), "{} rows are wrong:\n{}", verdict.len(), verdict.join("\n"));
}

#[tokio::test]
async fn imap_holds_but_for_the_known_failures() {
    holds_but_for_the_known_failures(Scheme::Imaps, Scheme::ImapStartTls).await;
}

#[tokio::test]
async fn pop3_holds_but_for_the_known_failures() {
    holds_but_for_the_known_failures(Scheme::Pop3s, Scheme::Pop3Stls).await;
}

#[test]
fn every_known_failure_belongs_to_a_protocol() {
    for row in KNOWN_FAILURES.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        assert!(row.starts_with("imap") || row.starts_with("pop3"), "{row}");
    }
}
