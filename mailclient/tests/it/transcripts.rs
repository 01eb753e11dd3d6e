//! Every transcript of `tests/transcripts` (see [`mail_harness::transcript`]). The calls are the
//! operations of [`operations`](crate::operations); the settings:
//!
//! | setting | meaning |
//! |---|---|
//! | `imap`, `pop3` | the protocol |
//! | `password TEXT` | the password in place of `secret` |
//! | `quirk NAME` | a quirk of the account |
//! | `preauth` | the server may take the client as logged in already |
//! | `token` | the login is with the token `token`, not with the password `secret` |
//! | `tokens` | the same, and after a refusal with the token `fresh` |
//! | `long token` | the same, with a token of 6,000 bytes |
//! | `odd login` | user `*@example.org`, a password that is not ASCII |
//! | `hide CAPABILITY` | the account masks it |
//! | `ids ID..` | the messages that the operations use, oldest first |
//! | `starttls` | over TCP, on loopback, and TLS begins when the client has asked for it |
//!
//! Time is paused, except over TCP.

use std::{path::PathBuf, sync::Arc};

use mail_harness::{
    fault::Wire,
    operation::Operation,
    tls::{Fixture, Flaw, HOST, NOW},
    transcript::{
        Schedule, Transcript,
        client::{Server, connection, play},
    },
};
use mailclient::{
    Account, BoxFuture, Credentials, Protocol, Quirk, Result, Secret, Security, Tls, TokenRequest,
    TokenSource,
};
use tokio::{
    io::{copy_bidirectional, duplex},
    net::TcpListener,
};

use crate::{
    calls,
    operations::{ALL, LOGIN, TIMED},
    probes,
    session::{LARGE_PIPE, Session, Way},
    support::folder,
};

/// Gives another token once the first one was refused.
struct TwoTokens;

impl TokenSource for TwoTokens {
    fn token<'a>(&'a self, request: &'a TokenRequest) -> BoxFuture<'a, Result<Secret>> {
        let token = if request.is_refused { "fresh" } else { "token" };
        Box::pin(std::future::ready(Ok(Secret::new(token))))
    }
}

fn transcripts() -> Vec<(PathBuf, String, Transcript)> {
    Transcript::folder(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts"))
}

fn is_over_tcp(transcript: &Transcript) -> bool {
    transcript.settings.iter().any(|setting| setting == "starttls")
}

/// A session as the settings say, not connected yet.
fn session(transcript: &Transcript, security: Security, way: Way) -> Session {
    let mut account = Account::new(Protocol::Imap, security, HOST, "alice");
    let mut credentials = Credentials::password("secret");
    let mut ids = Vec::new();
    for setting in &transcript.settings {
        let words: Vec<&str> = setting.split(' ').collect();
        match words[..] {
            ["imap" | "starttls"] => {}
            ["pop3"] => account.protocol = Protocol::Pop3,
            ["password", password] => credentials = Credentials::password(password),
            ["quirk", name] => {
                let quirk = Quirk::ALL.iter().find(|quirk| quirk.name() == name).unwrap();
                account.quirks = account.quirks.with(*quirk);
            }
            ["preauth"] => account.preauth = true,
            ["token"] => credentials = Credentials::token("token"),
            ["hide", name] => account.hidden_capabilities.push(name.into()),
            ["long", "token"] => credentials = Credentials::token("x".repeat(6000)),
            ["odd", "login"] => {
                account.user = "*@example.org".into();
                credentials = Credentials::password("geheimž");
            }
            ["tokens"] => credentials = Credentials::Token(Arc::new(TwoTokens)),
            ["ids", ref names @ ..] => {
                ids = names.iter().map(|name| name.parse().unwrap()).collect();
            }
            _ => panic!("{}: no setting {setting}", transcript.name),
        }
    }
    Session {
        account,
        credentials,
        server: None,
        way,
        wire: Wire::new(),
        mailbox: None,
        archive: folder("Archive"),
        ids,
    }
}

fn operations() -> Vec<Operation<Session>> {
    [LOGIN]
        .into_iter()
        .chain(ALL)
        .chain(TIMED)
        .chain(probes::ALL.iter().copied())
        .chain(calls::ALL)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn every_transcript_in_every_schedule() {
    let random = (1..20).map(Schedule::random);
    let pieces = [Schedule::Whole, Schedule::Every(1), Schedule::Every(2), Schedule::Every(7)];
    let mut played = 0;
    for schedule in pieces.into_iter().chain(random) {
        for (_, _, transcript) in transcripts().iter().filter(|(.., one)| !is_over_tcp(one)) {
            let (ours, server) = connection(&transcript.name, schedule.clone());
            let way = Way::Stream(Some(ours));
            let mut session = session(transcript, Security::ImplicitTls, way);
            play(transcript, &operations(), &mut session, server).await;
            played += 1;
        }
    }
    assert!(played >= 23 * 6, "{played} played");
}

#[tokio::test]
async fn every_transcript_over_tcp() {
    let fixture = Fixture::new();
    let mut played = 0;
    for (_, _, transcript) in transcripts().iter().filter(|(.., one)| is_over_tcp(one)) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut session = session(transcript, Security::StartTls, Way::Dial);
        session.account.host = "127.0.0.1".into();
        session.account.port = listener.local_addr().unwrap().port();
        session.account.tls = Tls::with_config(fixture.client(NOW));
        // The client connects when its operation begins.
        let (ours, mut theirs) = duplex(LARGE_PIPE);
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // How it ends is for the client to notice.
            let _ = copy_bidirectional(&mut stream, &mut theirs).await;
        });
        let server = Server::over(ours, &transcript.name, Schedule::Whole);
        let server = server.with_tls(fixture.server(Flaw::None));
        play(transcript, &operations(), &mut session, server).await;
        played += 1;
    }
    assert!(played > 0);
}

#[test]
fn every_transcript_names_server_and_source() {
    for (path, _, transcript) in transcripts() {
        assert!(transcript.names_its_source(), "{}", path.display());
    }
}
