//! The suite against the embedded server, over loopback and TLS in both forms.

use mail_testserver::{Builder, Scheme, TestServer};
use mailclient::{Account, Append, Credentials};

use crate::{
    suite::{self, Given},
    support::{account_at, folder},
};

fn accounts(server: &TestServer) -> Vec<(Account, Credentials)> {
    let credentials = Credentials::password(server.password("alice"));
    Scheme::TLS.map(|scheme| (account_at(server, scheme), credentials.clone())).into()
}

fn holding(given: &[Given]) -> Builder {
    let builder = TestServer::builder().without_messages();
    given.iter().fold(builder, |builder, message| {
        builder.message("alice", "INBOX", suite::with_crlf(&message.bytes))
    })
}

#[tokio::test]
async fn every_message_arrives_over_all_four_forms() {
    let given = suite::messages::given();
    let server = holding(&given).start().await.unwrap();
    for (account, credentials) in accounts(&server) {
        suite::every_message_arrives(&account, &credentials, &given).await;
    }
}

#[tokio::test]
async fn deletion_waits_for_close() {
    let server = holding(&suite::messages::given()[..5]).start().await.unwrap();
    for (account, credentials) in accounts(&server) {
        suite::deletion_waits_for_close(&account, &credentials).await;
    }
}

/// Also on servers that lack what the features stand for.
#[tokio::test]
async fn features_and_behaviour_agree() {
    for hidden in
        ["", "UIDPLUS", "MOVE", "TOP", "UIDL", "IDLE", "SPECIAL-USE", "CAPA", "SASL", "AUTH=PLAIN"]
    {
        let server = TestServer::builder().hide_capability(hidden).start().await.unwrap();
        for (account, credentials) in accounts(&server) {
            suite::features_and_behaviour_agree(&account, &credentials).await;
        }
    }
}

#[tokio::test]
async fn right_tokens_log_in_and_wrong_ones_do_not() {
    let server = TestServer::start().await.unwrap();
    for (account, _) in accounts(&server) {
        let right = Credentials::token(server.token("alice"));
        let report = account.connect(&right).await.unwrap().close().await.unwrap();
        assert!(report.is_empty(), "{account}: {report}");
        let error = account.connect(&Credentials::token("stale")).await.err().unwrap();
        assert!(error.is_auth(), "{account}: {error}");
        let error = account.connect(&Credentials::password("wrong")).await.err().unwrap();
        assert!(error.is_auth(), "{account}: {error}");
    }
}

/// Bare line ends go out as they are; a transcript has no line for them.
#[tokio::test]
async fn an_upload_goes_out_as_it_is() {
    let server = TestServer::builder().folder("Uploads").start().await.unwrap();
    let credentials = Credentials::password(server.password("alice"));
    let account = account_at(&server, Scheme::Imaps);
    let mut mailbox = account.connect(&credentials).await.unwrap();
    let message = b"Subject: x\n\nbody\n";
    let options = Append::new(message.len() as u64);
    mailbox.append(&folder("Uploads"), &options, &mut &message[..]).await.unwrap();
    assert_eq!(server.messages("alice", "Uploads").unwrap()[0].bytes[..], message[..]);
}
