//! The contract suite, over both protocols and every persona of the test server.

use std::collections::BTreeSet;

use mail_testserver::Scheme;
use mailclient::Credentials;
use mailclient_contract::{USER, broken, names, personas, server};

use crate::support::account_at;

/// The checks that fail today, a line each: protocol, then the name of the check. A check that
/// passes again has to leave the list.
const KNOWN_FAILURES: &str = include_str!("contract/known-failures.txt");

/// The lines of the list for a protocol.
fn known(imap: bool) -> BTreeSet<&'static str> {
    let protocol = if imap { "imap " } else { "pop3 " };
    KNOWN_FAILURES.lines().filter_map(|line| line.strip_prefix(protocol)).collect()
}

/// On servers with less, fewer checks fail: a method that is not there cannot do wrong.
#[tokio::test]
async fn the_contract_holds_but_for_the_known_failures() {
    let mut wrong = Vec::new();
    for (number, persona) in personas().enumerate() {
        let schemes = if number == 0 { &Scheme::TLS[..] } else { &[Scheme::Imaps, Scheme::Pop3s] };
        for &scheme in schemes {
            let server = persona.server(server()).start().await.unwrap();
            let credentials = Credentials::password(server.password(USER));
            let broken = broken(&mut (account_at(&server, scheme), credentials), &server).await;
            let known = known(scheme.is_imap());
            let found: BTreeSet<&str> = broken.iter().map(|check| check.name).collect();
            let new = broken.iter().filter(|check| !known.contains(check.name));
            let name = persona.name();
            wrong.extend(new.map(|check| format!("{scheme} on {name}: {check}")));
            let mended = known.difference(&found).filter(|_| number == 0);
            wrong.extend(mended.map(|check| format!("{scheme}: {check} is mended")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_known_failures_are_checks() {
    let names: BTreeSet<&str> = names().collect();
    for line in KNOWN_FAILURES.lines() {
        let (protocol, name) = line.split_once(' ').unwrap();
        assert!(["imap", "pop3"].contains(&protocol) && names.contains(name), "{line}");
    }
}
