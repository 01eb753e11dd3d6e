//! The contract suite, over both protocols and every persona of the test server.

use std::collections::BTreeSet;

use mail_testserver::Scheme;
use mailclient_contract::{Persona, broken, names, personas, server};

use crate::support::account_at;

/// What fails today, a line each: protocol, name of the check, and the persona if it fails only
/// there. What passes again has to leave the list. `connect` stands for every check: no mailbox can
/// be opened. `features` is the row of the persona in the table.
const KNOWN_FAILURES: &str = include_str!("contract/known-failures.txt");

/// The checks of the list for a protocol: those of every persona, then those of this one.
fn known(imap: bool, persona: Persona) -> [BTreeSet<&'static str>; 2] {
    let protocol = if imap { "imap " } else { "pop3 " };
    let lines = || KNOWN_FAILURES.lines().filter_map(|line| line.strip_prefix(protocol));
    let general = lines().filter(|line| !line.contains(' ')).collect();
    let special = lines().filter_map(|line| line.split_once(' '));
    let special = special.filter(|(_, name)| *name == persona.name()).map(|(check, _)| check);
    [general, special.collect()]
}

/// The checks that fail over a scheme, each with what was found.
async fn failures(persona: Persona, scheme: Scheme) -> Vec<(&'static str, String)> {
    let server = persona.server(server()).start().await.unwrap();
    let (account, credentials) = (account_at(&server, scheme), persona.credentials(&server));
    let mailbox = match account.connect(&credentials).await {
        Ok(mailbox) => mailbox,
        Err(error) => return vec![("connect", error.to_string())],
    };
    let (found, expected) = (mailbox.features(), persona.features(scheme.is_imap()));
    drop(mailbox);
    let broken = broken(&mut (account, credentials), &server).await;
    let mut failures: Vec<_> = broken.into_iter().map(|one| (one.name, one.reason)).collect();
    if found != expected {
        failures.push(("features", format!("{found:?} in place of {expected:?}")));
    }
    failures
}

/// On servers with less, fewer checks fail: a method that is not there cannot do wrong.
async fn holds_but_for_the_known_failures(tls: Scheme, starttls: Scheme) {
    let mut wrong = Vec::new();
    for (number, persona) in personas().enumerate() {
        let schemes = if number == 0 { &[tls, starttls][..] } else { &[tls] };
        for &scheme in schemes {
            let failures = failures(persona, scheme).await;
            let found: BTreeSet<&str> = failures.iter().map(|(name, _)| *name).collect();
            let [general, special] = known(scheme.is_imap(), persona);
            let at = format!("{scheme} on {}", persona.name());
            let is_new = |name: &str| !general.contains(name) && !special.contains(name);
            let new = failures.iter().filter(|(name, _)| is_new(name));
            wrong.extend(new.map(|(name, found)| format!("{at}: {name}: {found}")));
            let must_fail = if number == 0 { &general | &special } else { special };
            let mended = must_fail.difference(&found);
            wrong.extend(mended.map(|name| format!("{at}: {name} is mended")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
fn the_known_failures_are_checks_on_personas() {
    let names: BTreeSet<&str> = names().chain(["connect", "features"]).collect();
    for line in KNOWN_FAILURES.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let persona = words.get(2).is_none_or(|word| personas().any(|one| one.name() == *word));
        assert!(["imap", "pop3"].contains(&words[0]) && names.contains(words[1]), "{line}");
        assert!(persona && words.len() <= 3, "{line}");
    }
}
