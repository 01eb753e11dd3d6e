//! Dialogues in IMAP.

use std::{
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll},
    time::{Duration, UNIX_EPOCH},
};

use tokio::io::ReadBuf;

use super::*;

#[tokio::test]
async fn imap_login_and_folders() {
    let server = small().await;
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.plays(
        r#"S: * OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=XOAUTH2 AUTH=OAUTHBEARER] mail here
           C: a LOGIN alice wrong
           S: a NO [AUTHENTICATIONFAILED] ...
           C: b AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
           S: b OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE IDLE ...
           C: c LIST "" *
           S: * LIST (\HasNoChildren) "/" INBOX
           S: * LIST (\HasNoChildren \Archive) "/" Archive
           S: * LIST (\HasNoChildren \Drafts) "/" Drafts
           S: * LIST (\HasNoChildren \Junk) "/" Junk
           S: * LIST (\HasChildren) "/" Projects
           S: * LIST (\HasNoChildren) "/" Projects/2026
           S: * LIST (\HasChildren) "/" Projekte
           S: * LIST (\HasNoChildren) "/" Projekte/&ANw-bersicht
           S: * LIST (\HasNoChildren \Sent) "/" Sent
           S: * LIST (\HasNoChildren \Trash) "/" Trash
           S: c OK LIST completed
           C: d LIST "" ""
           S: * LIST (\Noselect) "/" ""
           S: d OK LIST completed
           C: e LIST "" % RETURN (STATUS (MESSAGES UNSEEN))
           S: * LIST (\HasNoChildren) "/" INBOX
           S: * STATUS INBOX (MESSAGES 4 UNSEEN 4)
           S: ...
           S: e OK ...
           C: f STATUS Trash (MESSAGES UIDNEXT UIDVALIDITY)
           S: * STATUS Trash (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ...
           S: f OK ...
           C: g STATUS nowhere (MESSAGES)
           S: g NO [NONEXISTENT] ...
           C: h NAMESPACE
           S: * NAMESPACE (("" "/")) NIL NIL
           S: h OK ...
           C: i CREATE "&ANY-l/Neu"
           S: i OK [MAILBOXID (F...
           C: j CREATE INBOX
           S: j NO [ALREADYEXISTS] ...
           C: k RENAME "&ANY-l/Neu" Alt
           S: k OK ...
           C: l LIST "" Alt
           S: * LIST (\HasNoChildren) "/" Alt
           S: l OK ...
           C: m DELETE Projects
           S: m OK ...
           C: n SELECT Projects
           S: n NO [NONEXISTENT] ...
           C: o LOGOUT
           S: * BYE ...
           S: o OK ..."#,
    )
    .await;
    assert!(talk.ends().await);
}

#[tokio::test]
async fn imap_fetch_in_all_forms() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: a FETCH 1:2 (FLAGS RFC822.SIZE INTERNALDATE)
           S: * 1 FETCH (FLAGS () RFC822.SIZE 41 INTERNALDATE " 2-Mar-2026 08:00:00 +0000")
           S: * 2 FETCH (FLAGS () RFC822.SIZE 41 INTERNALDATE " 2-Mar-2026 08:00:00 +0000")
           S: a OK ...
           C: b UID FETCH 3 (BODY.PEEK[HEADER.FIELDS (subject)] ENVELOPE)
           S: * 3 FETCH (UID 3 BODY[HEADER.FIELDS (subject)] {21}
           S: Subject: number 3
           S: 
           S:  ENVELOPE (NIL "number 3" NIL NIL NIL NIL NIL NIL NIL NIL))
           S: b OK ...
           C: c FETCH 4 (BODY.PEEK[TEXT]<2.3> BODY.PEEK[1] BODY.PEEK[2] BODYSTRUCTURE)
           S: * 4 FETCH (BODY[TEXT]<2> {3}
           S: dy  BODY[1] {8}
           S: body 4
           S:  BODY[2] NIL BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1 NIL NIL NIL NIL))
           S: c OK ...
           C: d FETCH 1 BODY[TEXT]
           S: * 1 FETCH (BODY[TEXT] {8}
           S: body 1
           S:  FLAGS (\Seen))
           S: d OK ...
           C: e UID FETCH 1:* FLAGS
           S: * 1 FETCH (UID 1 FLAGS (\Seen))
           S: * 2 FETCH (UID 2 FLAGS ())
           S: * 3 FETCH (UID 3 FLAGS ())
           S: * 4 FETCH (UID 4 FLAGS ())
           S: e OK ...
           C: f UID FETCH 9 FLAGS
           S: f OK ...
           C: g FETCH 1 BINARY[1]
           S: * 1 FETCH (BINARY[1] ~{8}
           S: body 1
           S: )
           S: g OK ...
           C: h EXAMINE INBOX
           S: ...
           S: * OK [PERMANENTFLAGS ()] ...
           S: ...
           S: h OK [READ-ONLY] ...
           C: i FETCH 2 BODY[TEXT]
           S: * 2 FETCH (BODY[TEXT] {8}
           S: body 2
           S: )
           S: i OK ...
           C: j STORE 2 +FLAGS (\Seen)
           S: j NO ..."#,
    )
    .await;
}

#[tokio::test]
async fn imap_search_store_copy_move_expunge() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: a UID SEARCH OR SUBJECT "number 2" BODY "body 4"
           S: * SEARCH 2 4
           S: a OK ...
           C: b STORE 2,4 +FLAGS (\Flagged $Mine)
           S: * 2 FETCH (FLAGS (\Flagged $Mine))
           S: * 4 FETCH (FLAGS (\Flagged $Mine))
           S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Mine)
           S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Mine \*)] ...
           S: b OK ...
           C: c UID STORE 4 -FLAGS.SILENT ($Mine)
           S: c OK ...
           C: d SEARCH FLAGGED UNKEYWORD $Mine
           S: * SEARCH 4
           S: d OK ...
           C: e SEARCH SEEN
           S: * SEARCH
           S: e OK ...
           C: f UID COPY 2:4 Archive
           S: f OK [COPYUID 1772438401 2:4 1:3] ...
           C: g UID MOVE 3 Trash
           S: * OK [COPYUID 1772438405 3 1] ...
           S: * 3 EXPUNGE
           S: g OK ...
           C: h UID COPY 1 nowhere
           S: h NO [TRYCREATE] ...
           C: i STORE 1:2 FLAGS.SILENT (\Deleted)
           S: i OK ...
           C: j UID EXPUNGE 2:3
           S: * 2 EXPUNGE
           S: j OK ...
           C: k EXPUNGE
           S: * 1 EXPUNGE
           S: k OK ...
           C: l UID SEARCH ALL
           S: * SEARCH 4
           S: l OK ...
           C: m STORE 1 +FLAGS (\Deleted)
           S: * 1 FETCH (FLAGS (\Flagged \Deleted))
           S: m OK ...
           C: n CLOSE
           S: n OK ...
           C: o STATUS INBOX (MESSAGES UIDNEXT)
           S: * STATUS INBOX (MESSAGES 0 UIDNEXT 5)
           S: o OK ...
           C: p FETCH 1 FLAGS
           S: p BAD ..."#,
    )
    .await;
}

#[tokio::test]
async fn imap_append_both_ways() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: a APPEND nowhere {3}
           S: a NO [TRYCREATE] ...
           C: b APPEND Drafts (\Draft $Mine) " 1-Jan-2026 00:00:00 +0100" {14}
           S: + ...
           C: Subject: new
           C: 
           S: b OK [APPENDUID 1772438402 1] ...
           C: d APPEND INBOX {3+}
           C: x.y
           S: * 5 EXISTS
           S: * 1 RECENT
           S: d OK [APPENDUID 1772438400 5] ...
           C: e FETCH 5 (UID BODY.PEEK[])
           S: * 5 FETCH (UID 5 BODY[] {3}
           S: x.y)
           S: e OK ...
           C: f SELECT Drafts
           S: ...
           S: f OK ...
           C: g FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])
           S: * 1 FETCH (FLAGS (\Draft $Mine \Recent) INTERNALDATE "31-Dec-2025 23:00:00 +0000" BODY[] {14}
           S: Subject: new
           S: )
           S: g OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn imap_sessions_hear_of_each_other() {
    let server = small().await;
    let mut one = Talk::in_inbox(&server).await;
    let mut two = Talk::in_inbox(&server).await;
    two.plays(
        r"C: a IDLE
          S: + ...",
    )
    .await;
    one.plays(
        r"C: a STORE 3 +FLAGS (\Deleted)
          S: ...
          S: a OK ...",
    )
    .await;
    two.plays(r"S: * 3 FETCH (UID 3 FLAGS (\Deleted))").await;
    one.plays(
        r"C: b EXPUNGE
          S: * 3 EXPUNGE
          S: b OK ...
          C: c APPEND INBOX {1+}
          C: x
          S: * 4 EXISTS
          S: * 1 RECENT
          S: c OK ...",
    )
    .await;
    two.plays(
        r"S: * 3 EXPUNGE
          S: * 4 EXISTS
          S: * 0 RECENT
          C: DONE
          S: a OK ...",
    )
    .await;
    one.plays(
        r"C: d STORE 1 +FLAGS.SILENT (\Deleted)
          S: d OK ...
          C: e EXPUNGE
          S: * 1 EXPUNGE
          S: e OK ...",
    )
    .await;
    // The sequence numbers stay; the news wait for a command that allows them.
    two.plays(
        r"C: b FETCH 2 (UID)
          S: * 2 FETCH (UID 2)
          S: b OK ...
          C: c NOOP
          S: * 1 EXPUNGE
          S: c OK ...
          C: d FETCH 2 (UID)
          S: * 2 FETCH (UID 4)
          S: d OK ...",
    )
    .await;
}

#[tokio::test]
async fn imap_tokens() {
    let server = small().await;
    let mut talk = Talk::new(&server, Scheme::Imap);
    // user=alice, auth=Bearer stale; then the same with token-of-alice
    talk.plays(
        r"S: * OK ...
          C: a AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzdGFsZQEB
          S: + eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0=
          C: 
          S: a NO [AUTHENTICATIONFAILED] ...
          C: b AUTHENTICATE XOAUTH2
          S: + 
          C: dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbi1vZi1hbGljZQEB
          S: b OK ...",
    )
    .await;
}

/// Counts how often it is asked for bytes.
struct Counting {
    stream: tokio::io::DuplexStream,
    reads: Arc<AtomicUsize>,
}

impl AsyncRead for Counting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A server in a loop would never let the test look.
        assert!(self.reads.fetch_add(1, Ordering::Relaxed) < 1000, "the server does not wait");
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[tokio::test]
async fn idle_without_a_folder_waits() {
    let server = small().await;
    let (near, stream) = tokio::io::duplex(4096);
    let reads = Arc::new(AtomicUsize::new(0));
    tokio::spawn(server.serve(Scheme::Imap, Counting { stream, reads: Arc::clone(&reads) }));
    let mut talk = Talk(BufReader::new(near));
    talk.plays(
        r"S: * OK ...
          C: a LOGIN alice wonderland
          S: a OK ...
          C: b IDLE
          S: + ...",
    )
    .await;
    let mut other = Talk::in_inbox(&server).await;
    other
        .plays(
            r"C: a STORE 1 +FLAGS (\Flagged)
              S: ...
              S: a OK ...",
        )
        .await;
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    let asked = reads.load(Ordering::Relaxed);
    assert!(asked < 20, "asked for bytes {asked} times");
    talk.plays(
        r"C: DONE
          S: b OK ...",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_time_is_the_one_that_was_given() {
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let builder = || TestServer::builder().without_messages();
    for (builder, date) in [
        (builder().clock(move || at(86_400 * 366)), " 2-Jan-1971 00:00:00 +0000"),
        (builder(), " 7-Mar-2026 08:00:30 +0000"),
    ] {
        let server = builder.start().await.unwrap();
        let mut talk = Talk::in_inbox(&server).await;
        tokio::time::advance(Duration::from_secs(30)).await;
        talk.plays(&format!(
            r#"C: a APPEND INBOX {{3+}}
               C: hi!
               S: ...
               S: a OK ...
               C: b FETCH 1 INTERNALDATE
               S: * 1 FETCH (INTERNALDATE "{date}")
               S: b OK ...
               C: c APPEND INBOX " 1-Jan-1971 00:00:00 +0000" {{3+}}
               C: hi!
               S: ...
               S: c OK ...
               C: d SEARCH YOUNGER 60
               S: * SEARCH 1
               S: d OK ...
               C: e SEARCH OLDER 60
               S: * SEARCH 2
               S: e OK ..."#
        ))
        .await;
    }
}
