//! Each limit is met.

use std::time::Duration;

use super::*;

fn limits(change: impl FnOnce(&mut Limits)) -> Builder {
    let mut limits = Limits::default();
    change(&mut limits);
    TestServer::builder().without_messages().limits(limits)
}

#[tokio::test]
async fn logins_cannot_be_guessed_without_end() {
    let server = limits(|limits| limits.login_attempts = 3).start().await.unwrap();
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.plays(
        r"S: * OK ...
          C: a LOGIN alice 1
          S: a NO ...
          C: b AUTHENTICATE PLAIN AGFsaWNlADI=
          S: b NO ...
          C: c LOGIN alice 3
          S: c NO ...
          S: * BYE [LIMIT] ...",
    )
    .await;
    assert!(talk.ends().await);
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.plays(
        r"S: +OK...
          C: USER alice
          S: +OK...
          C: PASS 1
          S: -ERR...
          C: AUTH PLAIN AGFsaWNlADI=
          S: -ERR...
          C: APOP alice 00000000000000000000000000000000
          S: -ERR...",
    )
    .await;
    assert!(talk.ends().await);
}

#[tokio::test]
async fn there_are_so_many_connections() {
    let server = limits(|limits| limits.connections = 2).start().await.unwrap();
    let mut one = Talk::new(&server, Scheme::Imap);
    one.line().await;
    let mut two = Talk::new(&server, Scheme::Pop3);
    two.line().await;
    let mut three = Talk::new(&server, Scheme::Imap);
    assert!(three.line().await.starts_with("* BYE [UNAVAILABLE] "));
    assert!(three.ends().await);
    let mut four = Talk::new(&server, Scheme::Pop3);
    assert!(four.line().await.starts_with("-ERR [SYS/TEMP] "));
    assert!(four.ends().await);
    one.say("a LOGOUT").await;
    assert!(one.line().await.starts_with("* BYE "));
    one.line().await;
    assert!(one.ends().await);
    assert!(Talk::new(&server, Scheme::Imap).line().await.starts_with("* OK "));
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_sent_away() {
    let minute = Duration::from_secs(60);
    let server = limits(|limits| limits.silence = Some(minute)).start().await.unwrap();
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.line().await;
    tokio::time::sleep(minute / 2).await;
    talk.plays(
        r"C: a NOOP
          S: a OK ...",
    )
    .await;
    tokio::time::sleep(minute - Duration::from_secs(1)).await;
    talk.plays(
        r"C: b NOOP
          S: b OK ...
          S: * BYE Autologout...",
    )
    .await;
    assert!(talk.ends().await);
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.line().await;
    assert!(talk.ends().await);
    // News for it are no sign of life of it.
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d IDLE
          S: + ...",
    )
    .await;
    let begun = tokio::time::Instant::now();
    tokio::time::sleep(minute / 2).await;
    server.deliver("alice", "INBOX", "Subject: news\r\n\r\n").unwrap();
    while !talk.line().await.starts_with("* BYE") {}
    assert_eq!(begun.elapsed(), minute);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_left() {
    let minute = Duration::from_secs(60);
    let server = limits(|limits| limits.silence = Some(minute));
    let server = server.message("alice", "INBOX", "x".repeat(100_000)).start().await.unwrap();
    for (scheme, commands) in [
        (Scheme::Imap, "a LOGIN alice wonderland\r\nb SELECT INBOX\r\nc FETCH 1 BODY[]"),
        (Scheme::Pop3, "USER alice\r\nPASS wonderland\r\nRETR 1"),
    ] {
        let (near, far) = tokio::io::duplex(4096);
        let session = tokio::spawn(server.serve(scheme, far));
        let mut talk = Talk(BufReader::new(near));
        talk.say(commands).await;
        let begun = tokio::time::Instant::now();
        let error = session.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, minute), "{scheme}");
    }
}

#[tokio::test]
async fn folders_are_neither_deep_nor_long_nor_many() {
    let server = limits(|limits| {
        limits.folder_depth = 3;
        limits.folder_name = 20;
        limits.folders = 11;
    });
    let server = server.start().await.unwrap();
    Talk::in_inbox(&server)
        .await
        .plays(
            r"C: d CREATE a/b/c/d
              S: d NO [LIMIT] ...
              C: e CREATE 012345678901234567890
              S: e NO [LIMIT] ...
              C: f CREATE a
              S: f OK ...
              C: g CREATE b
              S: g NO [LIMIT] ...
              C: h LIST 01234567890123456789 *
              S: h NO [LIMIT] ...
              C: i LSUB 01234567890123456789 *
              S: i NO [LIMIT] ...",
        )
        .await;
    // A folder that is renamed takes its children along.
    let server = limits(|limits| limits.folder_depth = 3);
    let server = server.start().await.unwrap();
    Talk::in_inbox(&server)
        .await
        .plays(
            r"C: d CREATE a/b
              S: d OK ...
              C: e RENAME a c/d
              S: e OK ...
              C: f RENAME c x/y
              S: f NO [LIMIT] ...",
        )
        .await;
    // 30 KB of levels cost nothing.
    let server = TestServer::start().await.unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.say(&format!("d CREATE {{30000+}}\r\n{}", "a/".repeat(15_000))).await;
    talk.plays("S: d NO [LIMIT] ...").await;
    assert_eq!(server.folders("alice").len(), 10);
}

#[tokio::test]
async fn bytes_are_counted_before_they_come() {
    let server = limits(|limits| {
        limits.message_bytes = 100;
        limits.stored_bytes = 150;
        limits.literal_bytes = 50;
    });
    let server = server.start().await.unwrap();
    let hundred = "x".repeat(100);
    Talk::in_inbox(&server)
        .await
        .plays(&format!(
            r"C: d APPEND INBOX {{101}}
              S: d NO [TOOBIG] ...
              C: e APPEND INBOX {{100+}}
              C: {hundred}
              S: ...
              S: e OK ...
              C: f APPEND INBOX {{51}}
              S: f NO [OVERQUOTA] ...
              C: g COPY 1 Archive
              S: g NO [OVERQUOTA] ...
              C: h CREATE {{51}}
              S: h NO [TOOBIG] ...
              C: i CAPABILITY
              S: * CAPABILITY ...
              S: i OK ..."
        ))
        .await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.say("d CAPABILITY").await;
    assert!(talk.line().await.contains(" APPENDLIMIT=100 "));
}

#[tokio::test]
async fn a_command_has_an_end() {
    let server = limits(|limits| limits.command_bytes = 1000).start().await.unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.say(&format!("d NOOP {}", "x".repeat(2000))).await;
    assert!(talk.line().await.starts_with("* BYE [TOOBIG] "));
}

#[tokio::test]
async fn keywords_are_not_without_end() {
    let server = limits(|limits| limits.keywords = 50);
    let server = server.message("alice", "INBOX", "Subject: x\r\n\r\n").start().await.unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    let words: Vec<String> = (0..51).map(|number| format!("k{number}")).collect();
    talk.say(&format!("d STORE 1 +FLAGS.SILENT ({})", words.join(" "))).await;
    talk.plays("S: d NO [LIMIT] ...").await;
    talk.say(&format!("e STORE 1 +FLAGS.SILENT ({})", words[..50].join(" "))).await;
    talk.plays(
        r"S: ...
          S: e OK ...
          C: f STORE 1 +FLAGS.SILENT (another)
          S: f NO [LIMIT] ...",
    )
    .await;
}

#[tokio::test]
async fn labels_are_neither_long_nor_without_end() {
    let server = limits(|limits| {
        limits.labels = 2;
        limits.folder_name = 50;
    });
    let server = server.persona(Persona::gmail()).message("alice", "INBOX", "Subject: x\r\n\r\n");
    let server = server.start().await.unwrap();
    let mut talk = Talk::new(&server, Scheme::Imap);
    let long = "x".repeat(51);
    talk.plays(&format!(
        r"S: * OK ...
          C: a LOGIN alice wonderland
          S: a OK ...
          C: b SELECT INBOX
          S: ...
          S: b OK ...
          C: d STORE 1 +X-GM-LABELS ({long})
          S: d NO [LIMIT] ...
          C: e STORE 1 +X-GM-LABELS (a b a)
          S: * 1 FETCH (X-GM-LABELS (a b))
          S: e OK ...
          C: f STORE 1 X-GM-LABELS (c)
          S: f NO [LIMIT] ...
          C: g STORE 1 X-GM-LABELS (b)
          S: * 1 FETCH (X-GM-LABELS (b))
          S: g OK ..."
    ))
    .await;
}

#[tokio::test]
async fn identifiers_with_rights_are_counted() {
    let server = limits(|limits| limits.acl_identifiers = 2).start().await.unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d SETACL INBOX bob lr
          S: d OK ...
          C: e SETACL INBOX carol lr
          S: e NO [LIMIT] ...
          C: f SETACL INBOX bob +s
          S: f OK ...
          C: g DELETEACL INBOX bob
          S: g OK ...
          C: h SETACL INBOX carol lr
          S: h OK ...",
    )
    .await;
}

/// Messages of no bytes fill the memory too.
#[tokio::test]
async fn messages_are_counted() {
    let server = limits(|limits| limits.messages = 3).start().await.unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d APPEND INBOX {0+}
          C: 
          S: ...
          S: d OK ...
          C: e COPY 1 INBOX
          S: ...
          S: e OK ...
          C: f COPY 1:2 INBOX
          S: f NO [OVERQUOTA] ...
          C: g COPY 1 Trash
          S: g OK ...
          C: h APPEND Trash {0}
          S: h NO [OVERQUOTA] ...",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_handshake_has_an_end() {
    let minute = Duration::from_secs(60);
    let server = limits(|limits| limits.handshake = Some(minute)).start().await.unwrap();
    for (scheme, command) in [
        (Scheme::Imaps, None),
        (Scheme::ImapStartTls, Some("a STARTTLS")),
        (Scheme::Pop3s, None),
        (Scheme::Pop3Stls, Some("STLS")),
    ] {
        let (near, far) = tokio::io::duplex(4096);
        let session = tokio::spawn(server.serve(scheme, far));
        let mut talk = Talk(BufReader::new(near));
        if let Some(command) = command {
            talk.line().await;
            talk.say(command).await;
            talk.line().await;
        }
        let begun = tokio::time::Instant::now();
        let error = session.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, minute), "{scheme}");
    }
}
