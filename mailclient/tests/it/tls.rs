//! TLS: each failure has a clear error, and credentials are never sent before the handshake
//! succeeded.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mail_harness::tls::{Fixture, Flaw, LOOPBACK, NOW};
use mail_testserver::{Fault, Scheme, TestServer};
use mailclient::{
    Account, BoxFuture, Credentials, Error, Protocol, Result, Secret, Security, Stage, Tls,
    TlsError, TokenRequest, TokenSource,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::support::account_at;

/// Counts how often it is asked: credentials that were never asked for cannot have left.
#[derive(Default)]
struct Watched(AtomicUsize);

impl TokenSource for Watched {
    fn token<'a>(&'a self, _: &'a TokenRequest) -> BoxFuture<'a, Result<Secret>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(Secret::new("token"))))
    }
}

/// The error of a connection that must fail before any login.
async fn fails_early(account: Account) -> Error {
    let source = Arc::new(Watched::default());
    let error = account.connect(&Credentials::Token(source.clone())).await.err().unwrap();
    assert_eq!(source.0.load(Ordering::SeqCst), 0, "{account}: {error}");
    error
}

fn tls(error: &Error) -> &TlsError {
    match error {
        Error::Tls(tls) => tls,
        other => panic!("not an error of TLS: {other}"),
    }
}

/// An error and its causes.
fn whole(error: &Error) -> String {
    let mut causes = vec![error.to_string()];
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    causes.join(": ")
}

/// The class of an error, and text that it has to show.
fn class(error: &Error) -> (&'static str, &'static str) {
    match error {
        Error::Tls(tls) => match &**tls {
            TlsError::WrongHost { .. } => ("WrongHost", LOOPBACK),
            TlsError::UntrustedRoot(_) => ("UntrustedRoot", "not trusted"),
            TlsError::Certificate(why) if why.to_string().contains("expired") => {
                ("Expired", "expired")
            }
            TlsError::Certificate(_) => ("NotYetValid", "not valid yet"),
            _ => ("another error of TLS", ""),
        },
        error if error.needs_reconnect() => ("after the handshake", ""),
        _ => ("another error", ""),
    }
}

/// The time is that of the configuration, not of this machine: see
/// [`Fixture::client`](mail_harness::tls::Fixture::client).
#[tokio::test]
async fn each_flaw_of_a_certificate_has_its_error() {
    let (fixture, month) = (Fixture::new(), 30 * 24 * 3600);
    let table = [
        (Flaw::None, NOW, "after the handshake"),
        (Flaw::None, NOW + 12 * month, "Expired"),
        (Flaw::None, NOW - 12 * month, "NotYetValid"),
        (Flaw::Expired, NOW, "Expired"),
        (Flaw::Expired, NOW - month, "after the handshake"),
        (Flaw::NotYetValid, NOW, "NotYetValid"),
        (Flaw::NotYetValid, NOW + month, "after the handshake"),
        (Flaw::WrongHost, NOW, "WrongHost"),
        (Flaw::UnknownRoot, NOW, "UntrustedRoot"),
        (Flaw::SelfSigned, NOW, "UntrustedRoot"),
    ];
    for protocol in [Protocol::Imap, Protocol::Pop3] {
        for (flaw, now, expected) in table {
            let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
            let mut account = Account::new(protocol, Security::ImplicitTls, LOOPBACK, "alice");
            account.port = listener.local_addr().unwrap().port();
            account.tls = Tls::with_config(fixture.client(now));
            let acceptor = TlsAcceptor::from(fixture.server(flaw));
            let server = tokio::spawn(async move {
                let (stream, _) = listener.accept().await.unwrap();
                acceptor.accept(stream).await.is_ok()
            });
            let error = fails_early(account).await;
            let (class, shown) = class(&error);
            assert_eq!(class, expected, "{protocol:?} {flaw:?} at {now}: {error}");
            assert!(whole(&error).contains(shown), "{flaw:?}: {}", whole(&error));
            let is_accepted = expected == "after the handshake";
            assert_eq!(server.await.unwrap(), is_accepted, "{flaw:?} at {now}");
        }
    }
}

#[tokio::test]
async fn a_certificate_for_another_host() {
    let server = TestServer::builder().certificate_for(["mail.example.org"]).start().await.unwrap();
    for scheme in Scheme::TLS {
        let error = fails_early(account_at(&server, scheme)).await;
        assert!(matches!(tls(&error), TlsError::WrongHost { .. }), "{error}");
    }
}

#[cfg(all(
    any(feature = "platform-verifier", feature = "webpki-roots"),
    any(feature = "ring", feature = "aws-lc-rs")
))]
#[tokio::test]
async fn an_untrusted_root() {
    let server = TestServer::start().await.unwrap();
    for scheme in Scheme::TLS {
        let error = fails_early(account_at(&server, scheme).with_tls(Tls::new())).await;
        assert!(matches!(tls(&error), TlsError::UntrustedRoot(_)), "{error}");
    }
}

/// Also with both providers of cryptography in one program, where rustls has no default.
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#[tokio::test]
async fn an_extra_root_is_enough() {
    let server = TestServer::start().await.unwrap();
    let trust = Tls::with_extra_roots(server.root_pem().as_bytes()).unwrap();
    for scheme in Scheme::TLS {
        let account = account_at(&server, scheme).with_tls(trust.clone());
        account.connect(&Credentials::password(server.password("alice"))).await.unwrap();
    }
    assert!(Tls::with_extra_roots(b"").is_err());
    assert!(
        Tls::with_extra_roots(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
            .is_err()
    );
}

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
#[tokio::test]
async fn without_a_provider_only_a_configuration_connects() {
    let server = TestServer::start().await.unwrap();
    for scheme in Scheme::TLS {
        let account = account_at(&server, scheme);
        let error = fails_early(account.clone().with_tls(Tls::new())).await;
        assert!(error.to_string().contains("aws-lc-rs"), "{error}");
        account.connect(&Credentials::password(server.password("alice"))).await.unwrap();
    }
}

#[tokio::test]
async fn tls_to_a_port_that_speaks_in_clear() {
    let server = TestServer::start().await.unwrap();
    for (scheme, clear) in
        [(Scheme::Imaps, Scheme::ImapStartTls), (Scheme::Pop3s, Scheme::Pop3Stls)]
    {
        let mut account = account_at(&server, scheme);
        account.port = server.port(clear);
        let error = fails_early(account).await;
        assert!(matches!(tls(&error), TlsError::NotTls(_)), "{error}");
    }
}

#[tokio::test]
async fn clear_text_to_a_port_that_starts_with_tls() {
    let server = TestServer::start().await.unwrap();
    for (scheme, tls) in [(Scheme::ImapStartTls, Scheme::Imaps), (Scheme::Pop3Stls, Scheme::Pop3s)]
    {
        let mut account = account_at(&server, scheme);
        account.port = server.port(tls);
        account.timeouts.greeting = Duration::from_millis(200);
        let error = fails_early(account).await;
        assert!(matches!(error, Error::Timeout { stage: Stage::Greeting, .. }), "{error}");
    }
}

#[tokio::test]
async fn a_port_where_nothing_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for scheme in Scheme::TLS {
        let account: Account = format!("{scheme}://alice@127.0.0.1:{port}").parse().unwrap();
        let error = fails_early(account).await;
        assert!(matches!(&error, Error::Connect { .. }) && error.is_transient(), "{error}");
    }
}

#[tokio::test]
async fn servers_that_close_or_are_silent() {
    let server = TestServer::builder().fault(Fault::CloseBeforeGreeting).start().await.unwrap();
    for scheme in Scheme::TLS {
        let error = fails_early(account_at(&server, scheme)).await;
        assert!(matches!(error, Error::Closed { .. }), "{error}");
    }
    let server = TestServer::builder().fault(Fault::CloseAfterGreeting).start().await.unwrap();
    for scheme in Scheme::TLS {
        let account = account_at(&server, scheme);
        let error = account.connect(&Credentials::password("wrong")).await.err().unwrap();
        assert!(matches!(error, Error::Closed { .. }), "{account}: {error}");
    }
    let server = TestServer::builder().fault(Fault::NoGreeting).start().await.unwrap();
    for scheme in Scheme::TLS {
        let mut account = account_at(&server, scheme);
        account.timeouts.greeting = Duration::from_millis(200);
        let error = fails_early(account).await;
        assert!(matches!(error, Error::Timeout { stage: Stage::Greeting, .. }), "{error}");
    }
}

#[tokio::test]
async fn a_server_without_starttls_receives_no_credentials() {
    let server = TestServer::builder()
        .hide_capability("STARTTLS")
        .hide_capability("STLS")
        .start()
        .await
        .unwrap();
    for scheme in [Scheme::ImapStartTls, Scheme::Pop3Stls] {
        let error = fails_early(account_at(&server, scheme)).await;
        assert!(matches!(tls(&error), TlsError::NotOffered(_)), "{error}");
    }
}

/// Answers after the answer to STARTTLS in the same segment must not be read as if they came over
/// TLS.
#[tokio::test]
async fn bytes_after_the_answer_to_starttls_end_the_session() {
    for (protocol, greeting, injected) in [
        (Protocol::Imap, "* OK ready\r\n", " OK begin\r\n* OK [ALERT] injected\r\n"),
        (Protocol::Pop3, "+OK ready\r\n", "+OK begin\r\n+OK injected\r\n"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut account = Account::new(protocol, Security::StartTls, "127.0.0.1", "alice");
        account.port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.write_all(greeting.as_bytes()).await.unwrap();
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            let tag = if protocol == Protocol::Imap { line.split(' ').next().unwrap() } else { "" };
            stream.write_all(format!("{tag}{injected}").as_bytes()).await.unwrap();
            // Not even a ClientHello follows.
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            rest
        });
        let error = fails_early(account).await;
        assert!(matches!(error, Error::Protocol(_)), "{error}");
        assert_eq!(server.await.unwrap(), b"");
    }
}
