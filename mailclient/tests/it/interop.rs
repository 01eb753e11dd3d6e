//! The suite against a real Dovecot, which `.ci/run` installs and starts (feature `interop`).

mod contract;
mod methods;
mod pop3_methods;
mod servers;

use mailclient::{
    Access, Append, Credentials, Error, FolderName, Protocol, Security, Tls, TlsError,
};

use self::servers::Server;
use crate::suite::{
    self,
    dovecot::{account, accounts, deliver, password, port, variable},
    others,
};

#[tokio::test]
async fn every_message_arrives_over_all_four_forms() {
    let given = suite::messages::given();
    deliver("alice", &given);
    for account in accounts("alice") {
        suite::every_message_arrives(&account, &password("alice"), &given).await;
    }
}

/// The messages of the corpora over every form of a server that takes them by APPEND.
async fn every_message_arrives(other: &others::Other, server: &Server) {
    let (account, password) = other.account(server.user);
    let given = other.upload(&account, &password, suite::messages::given()).await;
    // pymap is slow with so many messages.
    let patient = |form: &servers::Form| {
        let mut patient = server.account(*form);
        patient.timeouts = account.timeouts;
        patient
    };
    let accounts: Vec<_> = server.forms.iter().map(patient).collect();
    for account in &accounts {
        suite::every_message_arrives(account, &password, &given).await;
    }
    for account in &accounts {
        suite::features_and_behaviour_agree(account, &password).await;
        suite::deletion_waits_for_close(account, &password).await;
    }
}

#[tokio::test]
async fn every_message_arrives_at_cyrus_and_deletion_waits() {
    let server = Server { user: "alice", ..servers::CYRUS };
    every_message_arrives(&others::CYRUS, &server).await;
}

#[tokio::test]
async fn deletion_waits_for_close() {
    deliver("bob", &suite::messages::given()[..5]);
    for account in accounts("bob") {
        suite::deletion_waits_for_close(&account, &password("bob")).await;
    }
}

#[tokio::test]
async fn features_and_behaviour_agree() {
    deliver("carol", &suite::messages::given()[..3]);
    for account in accounts("carol") {
        suite::features_and_behaviour_agree(&account, &password("carol")).await;
    }
}

#[tokio::test]
async fn a_token_logs_in_and_a_stale_one_is_refused() {
    for account in accounts("alice") {
        let mut mailbox = account
            .connect(&Credentials::token(variable("DOVECOT_TOKEN")))
            .await
            .unwrap_or_else(|error| panic!("{account}: {error}"));
        assert!(mailbox.close().await.unwrap().is_empty(), "{account}");
        let error = account
            .connect(&Credentials::token(variable("DOVECOT_STALE_TOKEN")))
            .await
            .err()
            .unwrap();
        assert!(error.is_auth(), "{account}: {error}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    for account in accounts("alice") {
        let error = account.connect(&Credentials::password("wrong")).await.err().unwrap();
        assert!(error.is_auth() && !error.is_transient(), "{account}: {error}");
    }
}

#[tokio::test]
async fn an_untrusted_root_ends_before_any_credentials() {
    for account in accounts("alice") {
        let error = account.with_tls(Tls::new()).connect(&password("alice")).await.err().unwrap();
        assert!(
            matches!(&error, Error::Tls(tls) if matches!(**tls, TlsError::UntrustedRoot(_))),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    for mut account in accounts("alice") {
        account.host = "127.0.0.2".into();
        let error = account.connect(&password("alice")).await.err().unwrap();
        assert!(
            matches!(&error, Error::Tls(tls) if matches!(**tls, TlsError::WrongHost { .. })),
            "{error}"
        );
    }
}

#[tokio::test]
async fn tls_to_a_port_that_speaks_in_clear() {
    for (protocol, port_name) in
        [(Protocol::Imap, "DOVECOT_IMAP"), (Protocol::Pop3, "DOVECOT_POP3")]
    {
        let account = account(protocol, Security::ImplicitTls, port(port_name), "alice");
        let error = account.connect(&password("alice")).await.err().unwrap();
        assert!(
            matches!(&error, Error::Tls(tls) if matches!(**tls, TlsError::NotTls(_))),
            "{error}"
        );
    }
}

#[tokio::test]
async fn clear_text_to_a_port_that_starts_with_tls() {
    for (protocol, port_name) in
        [(Protocol::Imap, "DOVECOT_IMAPS"), (Protocol::Pop3, "DOVECOT_POP3S")]
    {
        let mut account = account(protocol, Security::StartTls, port(port_name), "alice");
        account.timeouts.greeting = std::time::Duration::from_millis(300);
        let error = account.connect(&password("alice")).await.err().unwrap();
        assert!(matches!(error, Error::Timeout { .. }), "{error}");
        assert!(error.to_string().contains("start with TLS"), "{error}");
    }
}

/// Courier ends the last line of a message, so all are given ended.
#[tokio::test]
async fn every_message_arrives_at_courier() {
    let server = Server { user: "bob", ..servers::COURIER };
    let mut given = suite::messages::given();
    for message in given.iter_mut().filter(|message| !message.bytes.ends_with(b"\n")) {
        message.bytes.extend_from_slice(b"\r\n");
    }
    let mut mailbox = server.connect(&server.imap().unwrap(), Access::ReadWrite).await;
    for message in &given {
        let bytes = suite::with_crlf(&message.bytes);
        let (options, inbox) = (Append::new(bytes.len() as u64), FolderName::inbox());
        let appended = mailbox.append(&inbox, &options, &mut &bytes[..]).await;
        appended.unwrap_or_else(|error| panic!("{}: {error}", message.name));
    }
    assert!(mailbox.close().await.unwrap().is_empty());
    for form in server.forms {
        suite::every_message_arrives(&server.account(*form), &server.credentials(), &given).await;
    }
}

#[allow(clippy::print_stdout, reason = "figures for the log of the step")]
async fn every_method(server: &Server) {
    let mut given = suite::messages::own();
    for (place, message) in given.iter_mut().enumerate() {
        // popa3d makes the unique-id of it, and one that two messages have names none of them.
        message.bytes.splice(0..0, format!("Message-ID: <{place}@example.org>\n").into_bytes());
    }
    let begun = std::time::Instant::now();
    let before = servers::counted();
    for form in server.forms {
        let account = server.account(*form);
        match form.0 {
            Protocol::Imap => methods::over_imap(server, &account, &given).await,
            _ => pop3_methods::over_pop3(server, &account, &given).await,
        }
    }
    let (sessions, messages) = servers::counted();
    println!(
        "{}: {} sessions, {} bodies, {:.1} s",
        server.name,
        sessions - before.0,
        messages - before.1,
        begun.elapsed().as_secs_f64()
    );
}

#[tokio::test]
async fn every_method_works_at_dovecot() {
    every_method(&servers::DOVECOT).await;
}

#[tokio::test]
async fn every_method_works_at_cyrus() {
    every_method(&servers::CYRUS).await;
}

#[tokio::test]
async fn every_method_works_at_courier() {
    every_method(&servers::COURIER).await;
}

#[tokio::test]
async fn every_method_works_at_mailutils() {
    every_method(&servers::MAILUTILS).await;
}

/// One after the other: it has one user.
#[tokio::test]
async fn every_message_arrives_and_every_method_works_at_pymap() {
    every_message_arrives(&others::PYMAP, &servers::PYMAP).await;
    every_method(&servers::PYMAP).await;
}

#[tokio::test]
async fn every_method_works_at_popa3d() {
    every_method(&servers::POPA3D).await;
}
