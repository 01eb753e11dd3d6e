//! Deliveries, the view into the mailboxes, and the log.

use super::*;

#[tokio::test]
async fn a_delivery_is_heard_of_in_idle() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d IDLE
          S: + ...",
    )
    .await;
    assert_eq!(server.deliver("alice", "INBOX", "Subject: now\r\n\r\n").unwrap(), 5);
    talk.plays(
        r"S: * 5 EXISTS
          S: * 1 RECENT",
    )
    .await;
}

#[tokio::test]
async fn a_message_that_cannot_be_stored_is_an_error_that_says_why() {
    let no_folder = "user \"bob\" has no folder \"nowhere\"; Builder::folder makes one";
    let full = "the limits or the quota leave no room in \"INBOX\" of \"bob\"";
    let limits = Limits { stored_bytes: 1, ..Limits::default() };
    let server = TestServer::builder().without_messages().limits(limits).start().await.unwrap();
    for (user, folder, text, kind) in [
        ("nobody", "INBOX", "no user \"nobody\"", io::ErrorKind::NotFound),
        ("bob", "nowhere", no_folder, io::ErrorKind::NotFound),
        ("bob", "INBOX", full, io::ErrorKind::QuotaExceeded),
    ] {
        let delivered = server.deliver(user, folder, "xx").unwrap_err();
        let builder = TestServer::builder().without_messages().limits(limits);
        let built = builder.message(user, folder, "xx").start().await.unwrap_err();
        for error in [delivered, built] {
            assert_eq!((error.to_string().as_str(), error.kind()), (text, kind));
        }
    }
}

#[tokio::test]
async fn what_a_builder_cannot_make_is_an_error_that_names_it() {
    for (builder, named) in [
        (TestServer::builder().messages_from("bob", "no/such/directory"), "no/such/directory"),
        (TestServer::builder().messages_from("nobody", "no/such/directory"), "nobody"),
        (TestServer::builder().folder("a//b"), "a//b"),
        (TestServer::builder().folder(""), "\"\""),
    ] {
        let error = builder.start().await.unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }
    let twice = TestServer::builder().folder("a/b").folder("a/b/").start().await.unwrap();
    assert!(twice.folders("bob").contains(&"a/b".to_owned()));
}

#[tokio::test]
async fn a_test_sees_what_a_client_did() {
    let server = small().await;
    assert_eq!(server.log(), []);
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d STORE 2 +FLAGS (\Seen $Mine)
          S: ...
          S: d OK ...
          C: e MOVE 3 Projects/2026
          S: ...
          S: e OK ...
          C: f APPEND Drafts (\Draft) {1+}
          C: x
          S: f OK ...
          C: g STORE 1 +FLAGS.SILENT (\Deleted)
          S: g OK ...
          C: h CLOSE
          S: h OK ...",
    )
    .await;
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.plays(
        r"S: +OK...
          C: USER alice
          S: +OK...
          C: PASS wonderland
          S: +OK...
          C: DELE 2
          S: +OK...
          C: QUIT
          S: +OK...",
    )
    .await;
    let body = |number| format!("Subject: number {number}\r\nX-Other: x\r\n\r\nbody {number}\r\n");
    let told: Vec<_> = server
        .log()
        .into_iter()
        .map(|entry| {
            assert_eq!(entry.user, "alice");
            let what = match entry.change {
                Change::Stored { uid, flags, bytes } => ("stored", uid, flags.join(" "), bytes),
                Change::Deleted { uid, bytes } => ("deleted", uid, String::new(), bytes),
                Change::Flagged { uid, flags, bytes } => ("flagged", uid, flags.join(" "), bytes),
                other => panic!("{other:?}"),
            };
            (entry.folder, what.0, what.1, what.2, String::from_utf8(what.3.to_vec()).unwrap())
        })
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(folder, what, uid, flags, bytes)| (&**folder, *what, *uid, &**flags, &**bytes))
        .collect();
    assert_eq!(
        told,
        [
            ("INBOX", "flagged", 2, "\\Seen $Mine", &*body(2)),
            ("INBOX", "deleted", 3, "", &*body(3)),
            ("Projects/2026", "stored", 1, "", &*body(3)),
            ("Drafts", "stored", 1, "\\Draft", "x"),
            ("INBOX", "flagged", 1, "\\Deleted", &*body(1)),
            ("INBOX", "deleted", 1, "", &*body(1)),
            ("INBOX", "deleted", 4, "", &*body(4)),
        ]
    );
    let inbox = server.messages("alice", "INBOX").unwrap();
    assert_eq!(inbox.len(), 1);
    assert_eq!((inbox[0].uid, &*inbox[0].bytes), (2, body(2).as_bytes()));
    assert_eq!(inbox[0].flags, ["\\Seen", "$Mine"]);
    assert_eq!(server.messages("alice", "nowhere"), None);
    assert_eq!(server.messages("nobody", "INBOX"), None);
    assert_eq!(server.folders("alice")[..2], ["INBOX", "Archive"]);
    server.clear_log();
    assert_eq!(server.log(), []);
}

#[tokio::test]
async fn a_change_of_labels_is_logged_and_told() {
    let mut persona = Persona::gmail();
    persona.capabilities.push("QRESYNC".into());
    let server = TestServer::builder().persona(persona).without_messages();
    let server = server.message("alice", "INBOX", "Subject: x\r\n\r\n").start().await.unwrap();
    let mut talks = Vec::new();
    for _ in 0..2 {
        let mut talk = Talk::new(&server, Scheme::Imap);
        talk.plays(
            r"S: * OK ...
              C: a LOGIN alice wonderland
              S: a OK ...
              C: b SELECT INBOX (CONDSTORE)
              S: ...
              S: b OK ...",
        )
        .await;
        talks.push(talk);
    }
    talks[0]
        .plays(
            r"C: c STORE 1 +X-GM-LABELS (work)
              S: * 1 FETCH (X-GM-LABELS (work) MODSEQ (3))
              S: c OK ...
              C: d STORE 1 (UNCHANGEDSINCE 2) +X-GM-LABELS (other)
              S: d OK [MODIFIED 1] ...
              C: e NOOP
              S: e OK ...
              C: f STATUS INBOX (HIGHESTMODSEQ)
              S: * STATUS INBOX (HIGHESTMODSEQ 3)
              S: f OK ...",
        )
        .await;
    talks[1]
        .plays(
            r"C: c NOOP
              S: * 1 FETCH (UID 1 FLAGS () MODSEQ (3))
              S: c OK ...",
        )
        .await;
    let log = server.log();
    assert!(
        matches!(&log[..], [LogEntry { change: Change::Labelled { uid: 1, labels, .. }, .. }]
            if labels == &["work"]),
        "{log:?}"
    );
}
