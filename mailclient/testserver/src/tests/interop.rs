//! What foreign clients stumbled over.

use super::*;

#[tokio::test]
async fn check_is_a_command() {
    let server = small().await;
    Talk::in_inbox(&server)
        .await
        .plays(
            r"C: x CHECK
              S: x OK ...",
        )
        .await;
}

#[tokio::test]
async fn an_unknown_charset_is_refused_with_the_known_ones() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d SEARCH CHARSET ISO-8859-5 ALL
          S: d NO [BADCHARSET (US-ASCII UTF-8)] ...
          C: e UID SEARCH RETURN (COUNT) CHARSET KOI8-R SUBJECT x
          S: e NO [BADCHARSET (US-ASCII UTF-8)] ...
          C: f SORT (SUBJECT) X-NONE ALL
          S: f NO [BADCHARSET (US-ASCII UTF-8)] ...
          C: g THREAD REFERENCES X-NONE ALL
          S: g NO [BADCHARSET (US-ASCII UTF-8)] ...
          C: h SEARCH CHARSET utf-8 ALL
          S: * SEARCH 1 2 3 4
          S: h OK ...
          C: i SEARCH CHARSET ISO-8859-5
          S: i BAD ...
          C: j SORT (NOTHING) UTF-8 ALL
          S: j BAD ...",
    )
    .await;
}

#[tokio::test]
async fn list_finds_levels_above_what_is_selected() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: d LIST (RECURSIVEMATCH) "" *
           S: d BAD ...
           C: e CREATE x/y/z
           S: e OK ...
           C: f SUBSCRIBE x/y/z
           S: f OK ...
           C: g LIST (SUBSCRIBED RECURSIVEMATCH) "" x%
           S: * LIST (\HasChildren) "/" x ("CHILDINFO" ("SUBSCRIBED"))
           S: g OK ...
           C: h LIST (SUBSCRIBED RECURSIVEMATCH) "" x*
           S: * LIST (\HasNoChildren \Subscribed) "/" x/y/z
           S: h OK ...
           C: i LSUB "" x/%
           S: * LSUB (\Noselect) "/" x/y
           S: i OK ...
           C: j DELETE x/y/z
           S: j OK ...
           C: k LIST (SUBSCRIBED) "" x*
           S: * LIST (\NonExistent \Subscribed) "/" x/y/z
           S: k OK ...
           C: l LIST "" x*
           S: * LIST (\HasChildren) "/" x
           S: * LIST (\HasNoChildren) "/" x/y
           S: l OK ...
           C: m DELETE x/y
           S: m OK ...
           C: n LIST (SUBSCRIBED RECURSIVEMATCH) "" x/%
           S: * LIST (\HasChildren \NonExistent) "/" x/y ("CHILDINFO" ("SUBSCRIBED"))
           S: n OK ...
           C: o LIST (SPECIAL-USE RECURSIVEMATCH) "" (Tr% Sent)
           S: * LIST (\HasNoChildren \Sent) "/" Sent
           S: * LIST (\HasNoChildren \Trash) "/" Trash
           S: o OK ...
           C: p UNSUBSCRIBE x/y/z
           S: p OK ...
           C: q LIST (SUBSCRIBED) "" x*
           S: q OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn a_new_folder_is_not_subscribed() {
    let server = small().await;
    Talk::in_inbox(&server)
        .await
        .plays(
            r#"C: d CREATE new
               S: d OK ...
               C: e LIST "" new RETURN (CHILDREN SUBSCRIBED)
               S: * LIST (\HasNoChildren) "/" new
               S: e OK ...
               C: f LIST "" Sent RETURN (SUBSCRIBED)
               S: * LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
               S: f OK ..."#,
        )
        .await;
}

#[tokio::test]
async fn an_envelope_has_its_source_route() {
    let server = TestServer::builder()
        .without_messages()
        .message(
            "alice",
            "INBOX",
            "From: <@route.example:user@domain.example>\r\n\
             To: <user-from (comment)@ (comment) domain.org>\r\n\r\n",
        )
        .start()
        .await
        .unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: d FETCH 1 ENVELOPE
           S: * 1 FETCH (ENVELOPE (NIL NIL ((NIL "@route.example" "user" "domain.example")) ...
           S: d OK ...
           C: e SEARCH TO user-from@domain.org
           S: * SEARCH 1
           S: e OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn a_message_is_recent_in_one_session() {
    let server = small().await;
    let login = r"S: * OK ...
                  C: a LOGIN alice wonderland
                  S: a OK ...";
    let mut reader = Talk::new(&server, Scheme::Imap);
    reader.plays(login).await;
    reader
        .plays(
            r"C: b STATUS INBOX (RECENT)
              S: * STATUS INBOX (RECENT 4)
              S: b OK ...
              C: c EXAMINE INBOX
              S: ...
              S: * 4 RECENT
              S: ...
              S: c OK ...",
        )
        .await;
    let mut one = Talk::new(&server, Scheme::Imap);
    one.plays(login).await;
    one.plays(
        r"C: b SELECT INBOX
          S: ...
          S: * 4 RECENT
          S: ...
          S: b OK ...
          C: c STORE 1 +FLAGS.SILENT (\Seen)
          S: c OK ...
          C: d SEARCH NEW
          S: * SEARCH 2 3 4
          S: d OK ...
          C: e SEARCH OLD
          S: * SEARCH
          S: e OK ...",
    )
    .await;
    let mut two = Talk::in_inbox(&server).await;
    two.plays(
        r"C: d SEARCH RECENT
          S: * SEARCH
          S: d OK ...
          C: e FETCH 2 FLAGS
          S: * 2 FETCH (FLAGS ())
          S: e OK ...",
    )
    .await;
    server.deliver("alice", "INBOX", "x").unwrap();
    two.plays(
        r"C: f NOOP
          S: * 5 EXISTS
          S: * 1 RECENT
          S: f OK ...
          C: g SEARCH RECENT
          S: * SEARCH 5
          S: g OK ...",
    )
    .await;
}

#[tokio::test]
async fn a_message_that_cannot_be_opened_has_a_structure_of_the_grammar() {
    let server = TestServer::builder()
        .without_messages()
        .message(
            "alice",
            "INBOX",
            "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n\
             RnJvbTogYUBiDQoNCg==\r\n",
        )
        .start()
        .await
        .unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: d FETCH 1 BODY
           S: * 1 FETCH (BODY ("message" "rfc822" NIL NIL NIL "base64" 22 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "base64" 22 1) 1))
           S: d OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn pop3_tells_the_size_that_it_sends() {
    let server = TestServer::builder()
        .without_messages()
        .message("alice", "INBOX", "Subject: x\n\none\r\ntwo")
        .start()
        .await
        .unwrap();
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.plays(
        r"S: +OK...
          C: USER alice
          S: +OK...
          C: PASS wonderland
          S: +OK...
          C: LIST 1
          S: +OK 1 24
          C: RETR 1
          S: +OK...
          S: Subject: x
          S: 
          S: one
          S: two
          S: .",
    )
    .await;
}

/// A message that breaks an assertion of the MIME parser in debug builds, and one that would fill
/// the stack.
#[tokio::test]
async fn a_message_that_cannot_be_parsed_ends_no_session() {
    let nested = "Content-Type: message/rfc822\r\n\r\n";
    let broken = format!(
        "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n{}Subject: y\r\n\r\ntext\r\n\
         --x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--x--\r\n",
        nested.repeat(3)
    );
    let server = TestServer::builder()
        .without_messages()
        .message("alice", "INBOX", broken)
        .message("alice", "INBOX", nested.repeat(60_000))
        .start()
        .await
        .unwrap();
    Talk::in_inbox(&server)
        .await
        .plays(
            r#"C: d FETCH 1:2 BODY
               S: * 1 FETCH (BODY ("text" ...
               S: * 2 FETCH (BODY ("text" ...
               S: d OK ...
               C: e SEARCH BODY nothing
               S: * SEARCH
               S: e OK ...
               C: f FETCH 2 (PREVIEW BODY.PEEK[1.1])
               S: * 2 FETCH (PREVIEW NIL BODY[1.1] NIL)
               S: f OK ..."#,
        )
        .await;
}

/// The parser gives up on it: its structure and its part are made without.
#[tokio::test]
async fn a_message_without_fields_has_the_part_of_its_structure() {
    let server = TestServer::builder()
        .without_messages()
        .message("alice", "INBOX", "..\r\n.\r\n")
        .start()
        .await
        .unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: d FETCH 1 (BODY BODY.PEEK[1] BODY.PEEK[TEXT])
           S: * 1 FETCH (BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) BODY[1] {0}
           S:  BODY[TEXT] {0}
           S: )
           S: d OK ...
           C: e FETCH 1 (BODY.PEEK[2])
           S: * 1 FETCH (BODY[2] NIL)
           S: e OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn close_expunges_nothing_in_a_folder_that_is_open_for_reading() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d STORE 2 +FLAGS.SILENT (\Deleted)
          S: d OK ...
          C: e EXAMINE INBOX
          S: ...
          S: e OK [READ-ONLY] ...
          C: f CLOSE
          S: f OK ...
          C: g STATUS INBOX (MESSAGES)
          S: * STATUS INBOX (MESSAGES 4)
          S: g OK ...
          C: h SELECT INBOX
          S: ...
          S: h OK ...
          C: i CLOSE
          S: i OK ...
          C: j STATUS INBOX (MESSAGES)
          S: * STATUS INBOX (MESSAGES 3)
          S: j OK ...",
    )
    .await;
}

#[tokio::test]
async fn what_changed_with_the_known_mod_seq_itself_is_no_news() {
    let server = small().await;
    Talk::in_inbox(&server)
        .await
        .plays(
            r"C: d ENABLE QRESYNC
              S: * ENABLED QRESYNC
              S: d OK ...
              C: e SELECT INBOX (QRESYNC (1772438400 4))
              S: ...
              S: * OK [UNSEEN 1] ...
              S: * 4 FETCH (UID 4 FLAGS () MODSEQ (5))
              S: e OK ...",
        )
        .await;
}
