//! Dialogues with the extensions of IMAP.

use super::*;

/// Plays a script in INBOX with the four small messages.
async fn in_small(script: &str) {
    let server = small().await;
    Talk::in_inbox(&server).await.plays(script).await;
}

#[tokio::test]
async fn search_gives_back_what_was_asked_for() {
    in_small(
        r#"C: d SEARCH RETURN (MIN MAX COUNT ALL) ALL
           S: * ESEARCH (TAG "d") MIN 1 MAX 4 COUNT 4 ALL 1:4
           S: d OK ...
           C: e UID SEARCH RETURN () SUBJECT "number 2"
           S: * ESEARCH (TAG "e") UID ALL 2
           S: e OK ...
           C: f SEARCH RETURN (COUNT) SEEN
           S: * ESEARCH (TAG "f") COUNT 0
           S: f OK ...
           C: g SEARCH RETURN (ALL) SEEN
           S: * ESEARCH (TAG "g")
           S: g OK ...
           C: h UID SEARCH RETURN (PARTIAL 2:3) ALL
           S: * ESEARCH (TAG "h") UID PARTIAL (2:3 2:3)
           S: h OK ...
           C: i UID SEARCH RETURN (PARTIAL -1:-2 COUNT) ALL
           S: * ESEARCH (TAG "i") UID COUNT 4 PARTIAL (-1:-2 3:4)
           S: i OK ...
           C: j UID SEARCH RETURN (PARTIAL 9:10) ALL
           S: * ESEARCH (TAG "j") UID PARTIAL (9:10 NIL)
           S: j OK ...
           C: k UID FETCH 1:* (UID) (PARTIAL -1:-2)
           S: * 3 FETCH (UID 3)
           S: * 4 FETCH (UID 4)
           S: k OK ...
           C: l FETCH 1:* (UID) (PARTIAL 1:2)
           S: l BAD ..."#,
    )
    .await;
}

#[tokio::test]
async fn a_search_result_is_saved() {
    in_small(
        r#"C: d SEARCH RETURN (SAVE) OR SUBJECT 2 SUBJECT 4
           S: d OK ...
           C: e FETCH $ UID
           S: * 2 FETCH (UID 2)
           S: * 4 FETCH (UID 4)
           S: e OK ...
           C: f SEARCH $ SUBJECT 4
           S: * SEARCH 4
           S: f OK ...
           C: g UID SEARCH RETURN (SAVE MIN COUNT) 2:4
           S: * ESEARCH (TAG "g") UID MIN 2 COUNT 3
           S: g OK ...
           C: h UID STORE $ +FLAGS.SILENT (\Deleted)
           S: h OK ...
           C: i SEARCH DELETED
           S: * SEARCH 2 3 4
           S: i OK ...
           C: j SEARCH RETURN (SAVE MIN MAX) ALL
           S: * ESEARCH (TAG "j") MIN 1 MAX 4
           S: j OK ...
           C: k UID COPY $ Archive
           S: k OK [COPYUID 1772438401 1,4 1:2] ...
           C: l SEARCH RETURN (SAVE) CHARSET X-NONE ALL
           S: l NO [BADCHARSET ...
           C: m EXPUNGE
           S: * 4 EXPUNGE
           S: * 3 EXPUNGE
           S: * 2 EXPUNGE
           S: m OK ...
           C: n FETCH $ UID
           S: n OK ...
           C: o SELECT INBOX
           S: ...
           S: o OK ...
           C: p FETCH $ UID
           S: p OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn a_page_is_saved_with_the_ends_that_were_asked_for() {
    in_small(
        r#"C: d SEARCH RETURN (SAVE PARTIAL 2:2 MAX) ALL
           S: * ESEARCH (TAG "d") MAX 4 PARTIAL (2:2 2)
           S: d OK ...
           C: e SEARCH $
           S: * SEARCH 2 4
           S: e OK ...
           C: f SEARCH RETURN (SAVE PARTIAL 2:3) ALL
           S: * ESEARCH (TAG "f") PARTIAL (2:3 2:3)
           S: f OK ...
           C: g UID SEARCH UID $
           S: * SEARCH 2 3
           S: g OK ...
           C: h SEARCH RETURN (PARTIAL 1:2 ALL) ALL
           S: h BAD ..."#,
    )
    .await;
}

#[tokio::test]
async fn the_mod_seq_of_a_search_is_that_of_what_is_told() {
    in_small(
        r#"C: d STORE 3 +FLAGS.SILENT (\Seen)
           S: d OK ...
           C: e SEARCH RETURN (MIN) MODSEQ 1
           S: * ESEARCH (TAG "e") MIN 1 MODSEQ 2
           S: e OK ...
           C: f SEARCH RETURN (MAX) MODSEQ 1
           S: * ESEARCH (TAG "f") MAX 4 MODSEQ 5
           S: f OK ...
           C: g SEARCH RETURN (MIN MAX) MODSEQ 1
           S: * ESEARCH (TAG "g") MIN 1 MAX 4 MODSEQ 5
           S: g OK ...
           C: h SEARCH RETURN (MIN COUNT) MODSEQ 1
           S: * ESEARCH (TAG "h") MIN 1 COUNT 4 MODSEQ 6
           S: h OK ...
           C: i SEARCH RETURN (PARTIAL 1:2) MODSEQ 1
           S: * ESEARCH (TAG "i") MODSEQ 3 PARTIAL (1:2 1:2)
           S: i OK ...
           C: j SEARCH MODSEQ 1
           S: * SEARCH 1 2 3 4 (MODSEQ 6)
           S: j OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn a_folder_made_with_a_separator_at_the_end_has_an_id() {
    in_small(
        r"C: d CREATE Plans/
          S: d OK [MAILBOXID (F...",
    )
    .await;
}

#[tokio::test]
async fn sort_and_thread() {
    let mut builder = TestServer::builder().without_messages();
    for (id, references, subject) in [
        ("a", "", "beta"),
        ("b", "<a>", "Re: beta"),
        ("c", "", "alpha"),
        ("d", "<a> <b>", "Re: beta"),
    ] {
        let message =
            format!("Message-ID: <{id}>\r\nReferences: {references}\r\nSubject: {subject}\r\n\r\n");
        builder = builder.message("alice", "INBOX", message);
    }
    let server = builder.start().await.unwrap();
    Talk::in_inbox(&server)
        .await
        .plays(
            r"C: d SORT (SUBJECT REVERSE ARRIVAL) UTF-8 ALL
              S: * SORT 3 1 2 4
              S: d OK ...
              C: e UID SORT (REVERSE SUBJECT) US-ASCII SUBJECT beta
              S: * SORT 1 2 4
              S: e OK ...
              C: f THREAD REFERENCES UTF-8 ALL
              S: * THREAD (1 2 4)(3)
              S: f OK ...
              C: g UID THREAD ORDEREDSUBJECT UTF-8 ALL
              S: * THREAD (1 (2)(4))(3)
              S: g OK ...
              C: h THREAD REFS UTF-8 SUBJECT nothing
              S: * THREAD
              S: h OK ...",
        )
        .await;
}

#[tokio::test]
async fn condstore() {
    in_small(
        r"C: d FETCH 1 (FLAGS MODSEQ)
          S: * 1 FETCH (FLAGS () MODSEQ (2))
          S: d OK ...
          C: e STORE 2 +FLAGS (\Flagged)
          S: * 2 FETCH (FLAGS (\Flagged) MODSEQ (6))
          S: e OK ...
          C: f STORE 1:2 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\Seen)
          S: * 1 FETCH (MODSEQ (7))
          S: f OK [MODIFIED 2] ...
          C: g FETCH 1:* (UID) (CHANGEDSINCE 5)
          S: * 1 FETCH (UID 1 MODSEQ (7))
          S: * 2 FETCH (UID 2 MODSEQ (6))
          S: g OK ...
          C: h SEARCH MODSEQ 7
          S: * SEARCH 1 (MODSEQ 7)
          S: h OK ...
          C: i UID SEARCH RETURN (COUNT) MODSEQ 6
          S: * ESEARCH ...
          S: i OK ...
          C: j STATUS Trash (HIGHESTMODSEQ)
          S: * STATUS Trash (HIGHESTMODSEQ 1)
          S: j OK ...
          C: k STORE 1 +FLAGS.SILENT (\Deleted)
          S: * 1 FETCH (MODSEQ (8))
          S: k OK ...
          C: l EXPUNGE
          S: * 1 EXPUNGE
          S: l OK [HIGHESTMODSEQ 9] ...",
    )
    .await;
}

#[tokio::test]
async fn qresync_tells_what_vanished() {
    let server = small().await;
    let mut one = Talk::in_inbox(&server).await;
    let mut two = Talk::new(&server, Scheme::Imap);
    two.plays(
        r"S: * OK ...
          C: a LOGIN alice wonderland
          S: a OK ...
          C: b SELECT INBOX (QRESYNC (1772438400 1))
          S: b NO [CANNOT] ...
          C: c ENABLE QRESYNC
          S: * ENABLED QRESYNC
          S: c OK ...
          C: d SELECT INBOX (QRESYNC (1772438400 5))
          S: ...
          S: * OK [HIGHESTMODSEQ 5] ...
          S: ...
          S: d OK [READ-WRITE] ...",
    )
    .await;
    one.plays(
        r"C: d STORE 1,3 +FLAGS.SILENT (\Deleted)
          S: d OK ...
          C: e STORE 2 +FLAGS.SILENT (\Seen)
          S: e OK ...
          C: f EXPUNGE
          S: * 3 EXPUNGE
          S: * 1 EXPUNGE
          S: f OK ...",
    )
    .await;
    two.plays(
        r"C: e NOOP
          S: * 2 FETCH (UID 2 FLAGS (\Seen) MODSEQ (8))
          S: * VANISHED 1,3
          S: e OK ...
          C: f UID FETCH 1:* (FLAGS) (CHANGEDSINCE 5 VANISHED)
          S: * VANISHED (EARLIER) 1,3
          S: * 1 FETCH (UID 2 FLAGS (\Seen) MODSEQ (8))
          S: f OK ...
          C: g CLOSE
          S: g OK ...
          C: h SELECT INBOX (QRESYNC (1772438400 5 1:2))
          S: ...
          S: * VANISHED (EARLIER) 1
          S: * 1 FETCH (UID 2 FLAGS (\Seen) MODSEQ (8))
          S: h OK ...
          C: i SELECT INBOX (QRESYNC (77 5))
          S: * OK [CLOSED] ...
          S: * FLAGS ...
          S: * 2 EXISTS
          S: * 0 RECENT
          S: * OK [PERMANENTFLAGS ...
          S: * OK [UIDVALIDITY 1772438400] ...
          S: * OK [UIDNEXT 5] ...
          S: * OK [HIGHESTMODSEQ 9] ...
          S: * OK [MAILBOXID (F69a54380)] ...
          S: * OK [UNSEEN 2] ...
          S: i OK ...",
    )
    .await;
}

#[tokio::test]
async fn quotas() {
    let server =
        TestServer::builder().without_messages().quota(Some(1), Some(2)).start().await.unwrap();
    Talk::in_inbox(&server)
        .await
        .plays(
            r#"C: d GETQUOTAROOT INBOX
               S: * QUOTAROOT INBOX ""
               S: * QUOTA "" (STORAGE 0 1 MESSAGE 0 2)
               S: d OK ...
               C: e APPEND INBOX {2000}
               S: e NO [OVERQUOTA] ...
               C: f APPEND INBOX {2+}
               C: ab
               S: ...
               S: f OK ...
               C: g COPY 1 Archive
               S: g OK ...
               C: h COPY 1 Archive
               S: h NO [OVERQUOTA] ...
               C: i SETQUOTA "" (MESSAGE 3)
               S: * QUOTA "" (MESSAGE 2 3)
               S: i OK ...
               C: j COPY 1 Archive
               S: j OK ...
               C: k GETQUOTA other
               S: k NO [NONEXISTENT] ...
               C: l SETQUOTA "" (X-THING 3)
               S: l BAD ..."#,
        )
        .await;
}

#[tokio::test]
async fn rights() {
    in_small(
        r#"C: d MYRIGHTS INBOX
           S: * MYRIGHTS INBOX lrswipkxteacd
           S: d OK ...
           C: e SETACL Archive alice -ix
           S: e OK ...
           C: f GETACL Archive
           S: * ACL Archive alice lrswpkteacd
           S: f OK ...
           C: g COPY 1 Archive
           S: g NO [NOPERM] ...
           C: h DELETE Archive
           S: h NO [NOPERM] ...
           C: i LISTRIGHTS Archive alice
           S: * LISTRIGHTS Archive alice la r s w i p k x t e
           S: i OK ...
           C: j SETACL Archive bob Z
           S: j BAD ...
           C: k SETACL Archive bob lr
           S: k OK ...
           C: l DELETEACL Archive bob
           S: l OK ...
           C: m SETACL INBOX alice lrs
           S: m OK ...
           C: n STORE 1 +FLAGS (\Flagged)
           S: n NO [NOPERM] ...
           C: o STORE 1 FLAGS (\Flagged \Seen)
           S: * 1 FETCH (FLAGS (\Seen))
           S: o OK ...
           C: p EXPUNGE
           S: p NO [NOPERM] ...
           C: q GETACL nowhere
           S: q NO [NONEXISTENT] ...
           C: r LIST "" Archive RETURN (MYRIGHTS)
           S: * LIST (\HasNoChildren \Archive) "/" Archive
           S: * MYRIGHTS Archive lrswpktea
           S: r OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn special_uses_of_new_folders() {
    in_small(
        r#"C: d CREATE Papers (USE (\Nothing))
           S: d NO [USEATTR] ...
           C: e CREATE Papers (USE (\Important))
           S: e OK ...
           C: f LIST (SPECIAL-USE) "" P*
           S: * LIST (\HasNoChildren \Important) "/" Papers
           S: f OK ...
           C: g RENAME Papers Paper
           S: g OK ...
           C: h LIST "" Paper*
           S: * LIST (\HasNoChildren \Important) "/" Paper
           S: h OK ...
           C: i CREATE Everything (USE (\All))
           S: i NO [USEATTR] ..."#,
    )
    .await;
}

#[tokio::test]
async fn utf8_names() {
    let server = small().await;
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.plays(
        r#"S: * OK ...
           C: a LOGIN alice wonderland
           S: a OK ...
           C: b ENABLE UTF8=ACCEPT X-NOTHING
           S: * ENABLED UTF8=ACCEPT
           S: b OK ...
           C: c STATUS "Projekte/Übersicht" (MESSAGES)
           S: * STATUS {19}
           S: Projekte/Übersicht (MESSAGES 0)
           S: c OK ...
           C: d APPEND INBOX UTF8 (~{1+}
           C: x)
           S: d OK ...
           C: e CREATE "ä"
           S: e OK ..."#,
    )
    .await;
    let mut other = Talk::in_inbox(&server).await;
    other
        .plays(
            r#"C: d LIST "" "&AOQ-"
               S: * LIST (\HasNoChildren) "/" &AOQ-
               S: d OK ...
               C: e APPEND INBOX UTF8 (~{1+}
               C: x)
               S: e NO [CANNOT] ..."#,
        )
        .await;
}

#[tokio::test]
async fn binary_parts() {
    let message = "Content-Type: multipart/mixed; boundary=x\r\n\r\n\
                   --x\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n\
                   --x\r\nContent-Transfer-Encoding: x-own\r\n\r\n??\r\n--x--\r\n";
    let server = TestServer::builder()
        .without_messages()
        .message("alice", "INBOX", message)
        .start()
        .await
        .unwrap();
    Talk::in_inbox(&server)
        .await
        .plays(
            r"C: d FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1] BINARY.PEEK[1]<1.3> BINARY.PEEK[3])
              S: * 1 FETCH (BINARY.SIZE[1] 5 BINARY[1] ~{5}
              S: hello BINARY[1]<1> ~{3}
              S: ell BINARY[3] NIL)
              S: d OK ...
              C: e FETCH 1 BINARY.PEEK[2]
              S: * 1 FETCH ()
              S: e NO [UNKNOWN-CTE] ...
              C: f FETCH 1 (BINARY[1] MODSEQ)
              S: * 1 FETCH (BINARY[1] ~{5}
              S: hello MODSEQ (3) FLAGS (\Seen))
              S: f OK ...
              C: g APPEND INBOX ~{3+}
              C: x y
              S: ...
              S: g OK ...",
        )
        .await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.say("d APPEND INBOX {3+}").await;
    talk.say("x\0y").await;
    talk.plays("S: d BAD ...").await;
}

#[tokio::test]
async fn ids_previews_and_dates_of_saving() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.say("d FETCH 1 (EMAILID THREADID PREVIEW SAVEDATE)").await;
    let line = talk.line().await;
    let (start, rest) = line.split_once(") ").unwrap();
    assert!(start.starts_with("* 1 FETCH (EMAILID (M"), "{line}");
    assert_eq!(rest, "THREADID NIL PREVIEW \"body 1\" SAVEDATE \" 7-Mar-2026 08:00:00 +0000\")");
    let id = start.split_once("(M").unwrap().1;
    talk.plays(&format!(
        r"S: d OK ...
          C: e SEARCH EMAILID M{id}
          S: * SEARCH 1
          S: e OK ...
          C: f COPY 1 INBOX
          S: ...
          S: f OK ...
          C: g SEARCH EMAILID M{id}
          S: * SEARCH 1 5
          S: g OK ...
          C: h SEARCH SAVEDSINCE 8-Mar-2026
          S: * SEARCH
          S: h OK ...
          C: i SEARCH SAVEDON 7-Mar-2026 BEFORE 3-Mar-2026
          S: * SEARCH 1 2 3 4 5
          S: i OK ...
          C: j STATUS INBOX (SIZE MAILBOXID APPENDLIMIT DELETED)
          S: * STATUS INBOX (SIZE 205 MAILBOXID (F69a54380) APPENDLIMIT 67108864 DELETED 0)
          S: j OK ..."
    ))
    .await;
}

#[tokio::test]
async fn replace_puts_a_new_message_in_place_of_another() {
    in_small(
        r"C: d UID REPLACE 2 INBOX (\Draft) {3+}
          C: new
          S: * OK [APPENDUID 1772438400 5] ...
          S: * 2 EXPUNGE
          S: * 4 EXISTS
          S: * 1 RECENT
          S: d OK ...
          C: e REPLACE 4 Drafts {3}
          S: + ...
          C: abc
          S: * OK [APPENDUID 1772438402 1] ...
          S: * 4 EXPUNGE
          S: e OK ...
          C: f REPLACE 9 Drafts {3}
          S: f NO [CANNOT] ...
          C: g UID SEARCH ALL
          S: * SEARCH 1 3 4
          S: g OK ...",
    )
    .await;
}

#[tokio::test]
async fn imap4rev2() {
    let server =
        TestServer::builder().persona(Persona::cyrus()).without_messages().start().await.unwrap();
    server.deliver("alice", "INBOX", "x").unwrap();
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.plays(
        r#"S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 ...
           C: a LOGIN alice wonderland
           S: a OK ...
           C: b ENABLE IMAP4rev2
           S: * ENABLED IMAP4rev2
           S: b OK ...
           C: c SELECT INBOX
           S: * FLAGS ...
           S: * 1 EXISTS
           S: * OK [PERMANENTFLAGS ...
           S: ...
           S: * LIST () "/" INBOX
           S: c OK ...
           C: d SEARCH ALL
           S: * ESEARCH (TAG "d") ALL 1
           S: d OK ...
           C: e SELECT INBOX
           S: * OK [CLOSED] ...
           S: ...
           S: e OK ..."#,
    )
    .await;
}
