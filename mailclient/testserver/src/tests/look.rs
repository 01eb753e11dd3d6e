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
    for (user, folder) in [("nobody", "INBOX"), ("alice", "nowhere")] {
        let error = server.deliver(user, folder, "x").unwrap_err();
        assert!(error.to_string().contains(user), "{error}");
    }
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
