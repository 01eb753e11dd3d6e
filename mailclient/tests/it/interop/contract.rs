//! The contract suite against real servers: the same checks as against the test server.
//!
//! What fails there for a reason of the server's own is in `contract-known.txt`, a row a line, with
//! the reason. A row that is not listed fails the test, and so does a listed row that passes.

use mail_harness::known::Known;
use mailclient::{Feature, FeatureSet, Protocol, Security};
use mailclient_contract::{RealServer, broken, names};

use super::servers::{self, Server};

const KNOWN_FAILURES: &str = include_str!("contract-known.txt");

/// The features of a mailbox over IMAP, and those of Cyrus in addition.
const IMAP: &str = "StableIds Headers Delete Expunge Folders FolderChanges Namespaces Flags Search \
    AgeSearch ModSeqSearch Sort DisplaySort Threads SubjectThreads RefsThreads Append Copy Move \
    Sections Decoding Structure BinaryAppend Replace ConditionalFlags Changes Sync Quota Rights \
    Pipelining";
const CYRUS: &str = "FolderRoles";
/// Over POP3.
const POP3: &str = "StableIds Headers Delete Pipelining";

/// The features of a mailbox at a server.
fn expected(server: &Server, protocol: Protocol) -> FeatureSet {
    let words = match (protocol, server.name) {
        (Protocol::Imap, "CYRUS") => [IMAP, CYRUS].join(" "),
        (Protocol::Imap, _) => IMAP.into(),
        _ => POP3.into(),
    };
    let feature = |word: &str| {
        let found = Feature::ALL.iter().find(|one| format!("{one:?}") == word);
        *found.unwrap_or_else(|| panic!("there is no feature {word}"))
    };
    words.split_whitespace().map(feature).collect()
}

/// Runs every check over both protocols, each time with the same content. How TLS begins makes no
/// difference to it.
async fn contract_holds(server: &Server) {
    let rows = KNOWN_FAILURES.lines().filter(|row| row.starts_with(&server.name.to_lowercase()));
    let mut known = Known::with(&rows.collect::<Vec<_>>().join("\n"), true);
    let port = server.variable("IMAP").parse().unwrap();
    let truth = RealServer::new(([127, 0, 0, 1], port).into(), server.user, &server.password());
    for form in server.forms.iter().filter(|form| form.1 == Security::ImplicitTls) {
        truth.fill().unwrap();
        let account = server.account(*form);
        let row = |check: &str| format!("{} {:?} {check}", server.name, form.0).to_lowercase();
        let mut login = (account, server.credentials());
        let features = login.0.connect(&login.1).await.unwrap().features();
        known.tried(&row("features"));
        if features != expected(server, form.0) {
            known.fails(row("features"), format!("{features:?}"));
        }
        for check in names() {
            known.tried(&row(check));
        }
        for broken in broken(&mut login, &truth).await {
            known.fails(row(broken.name), broken.reason);
        }
    }
    let verdict = known.verdict();
    assert!(verdict.is_empty(), "{} rows are wrong:\n{}", verdict.len(), verdict.join("\n"));
}

#[tokio::test]
async fn contract_holds_at_dovecot() {
    contract_holds(&Server { user: "erin", ..servers::DOVECOT }).await;
}

#[tokio::test]
async fn contract_holds_at_cyrus() {
    contract_holds(&Server { user: "frank", ..servers::CYRUS }).await;
}
