//! Reported sessions that need more than one connection, or the end of a real one. No test looks
//! at time.

use mail_harness::{
    tls::{Fixture, Flaw, NOW},
    transcript::{Schedule, Transcript, client::Server},
};
use mail_testserver::{Fault, Scheme, TestServer};
use mailclient::{Account, Credentials, Error, Protocol, Security, Tls};
use tokio::{io::AsyncReadExt, net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use crate::support::account_at;

/// An account at a server that plays one script after the other, each over a connection with TLS.
async fn scripts(protocol: Protocol, scripts: Vec<String>) -> (Account, JoinHandle<()>) {
    let fixture = Fixture::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut account = Account::new(protocol, Security::ImplicitTls, "127.0.0.1", "alice");
    account.port = listener.local_addr().unwrap().port();
    account.tls = Tls::with_config(fixture.client(NOW));
    let acceptor = TlsAcceptor::from(fixture.server(Flaw::None));
    let server = tokio::spawn(async move {
        for script in scripts {
            let (stream, _) = listener.accept().await.unwrap();
            let stream = acceptor.accept(stream).await.unwrap();
            let transcript = Transcript::parse("script", &script);
            let mut server = Server::over(stream, "script", Schedule::Whole);
            for (number, step) in &transcript.steps {
                server.step(*number, step).await;
            }
        }
    });
    (account, server)
}

const GREETING: &str = "S: +OK ready\n";
const LOGIN: &str = "C: USER alice\nS: +OK\nC: PASS secret\nS: +OK\n";

/// A server that cannot bear CAPA, at the first time or after the login (fetchmail's FAQ, R11).
#[tokio::test]
async fn a_server_that_hangs_up_on_capa_is_asked_nothing_at_the_second_attempt() {
    for capa in
        ["C: CAPA\n! eof".to_owned(), format!("C: CAPA\nS: -ERR what\n{LOGIN}C: CAPA\n! eof")]
    {
        let sessions = vec![
            format!("{GREETING}{capa}"),
            format!("{GREETING}{LOGIN}C: STAT\nS: +OK 2 42\nC: STAT\nS: +OK 2 42"),
        ];
        let (account, server) = scripts(Protocol::Pop3, sessions).await;
        let mut mailbox = account.connect(&Credentials::password("secret")).await.unwrap();
        assert_eq!(mailbox.status().await.unwrap().messages, 2);
        server.await.unwrap();
    }
}

/// A server that answered CAPA can bear it: another login is up to the caller. So it is after a
/// refused login, whether the server knows CAPA or not.
#[tokio::test]
async fn a_login_is_not_repeated_after_an_answer_to_capa() {
    let cut = format!("CAPA\nS: +OK\nS: TOP\nS: .\n{LOGIN}C: CAPA\n! eof");
    let refused = "CAPA\nS: -ERR what\nC: USER alice\nS: -ERR [AUTH] no".to_owned();
    for (session, is_auth) in [(cut, false), (refused, true)] {
        let sessions = vec![format!("{GREETING}C: {session}")];
        let (account, server) = scripts(Protocol::Pop3, sessions).await;
        let error = account.connect(&Credentials::password("secret")).await.err().unwrap();
        let is_expected = error.is_auth() == is_auth && !matches!(error, Error::Connect { .. });
        assert!(is_expected, "{error:?}");
        server.await.unwrap();
    }
}

/// A connection that breaks in the login is one error over both protocols, wherever it breaks:
/// TCP ends without a farewell of TLS.
#[tokio::test]
async fn a_connection_that_breaks_in_the_login_is_closed() {
    for scheme in [Scheme::Imaps, Scheme::Pop3s] {
        let mut broken = 0;
        for bytes in (1..).step_by(23) {
            let server = TestServer::builder().fault(Fault::CutAfter(bytes)).start().await.unwrap();
            let credentials = Credentials::password(server.password("alice"));
            let Err(error) = account_at(&server, scheme).connect(&credentials).await else {
                // So many bytes are the whole login.
                break;
            };
            assert!(matches!(error, Error::Closed { .. }), "{scheme} after {bytes} bytes: {error}");
            assert!(error.is_transient() && !error.is_auth(), "{error}");
            broken += 1;
        }
        assert!(broken > 3, "{scheme}: {broken} places");
    }
}

/// Without deletions nothing was to be done.
#[tokio::test]
async fn a_close_without_deletions_is_done_however_the_connection_ends() {
    let bye = "C: QUIT\n! eof";
    let session =
        format!("{GREETING}C: CAPA\nS: -ERR\n{LOGIN}C: CAPA\nS: -ERR\nC: STAT\nS: +OK 0 0\n");
    for end in [format!("{session}{bye}"), session] {
        let (account, server) = scripts(Protocol::Pop3, vec![end]).await;
        let mut mailbox = account.connect(&Credentials::password("secret")).await.unwrap();
        assert!(mailbox.close().await.unwrap().is_empty());
        server.await.unwrap();
    }
}

/// A network that breaks during the handshake is no fault of a certificate.
#[tokio::test]
async fn a_handshake_that_is_cut_is_transient() {
    for is_reset in [true, false] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut account = Account::new(Protocol::Imap, Security::ImplicitTls, "127.0.0.1", "alice");
        account.port = listener.local_addr().unwrap().port();
        account.tls = Tls::with_config(Fixture::new().client(NOW));
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 16];
            stream.read_exact(&mut hello).await.unwrap();
            if is_reset {
                // Unread bytes turn the end into a reset; this does it in every case.
                stream.set_zero_linger().unwrap();
            }
        });
        let error = account.connect(&Credentials::password("secret")).await.err().unwrap();
        assert!(matches!(error, Error::Tls(_)), "{error}");
        assert!(error.is_transient() && !error.is_auth(), "{error:?}");
    }
}
