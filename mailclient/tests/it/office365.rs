//! Exchange Online as reported: two front ends, plain RFC 3501, tokens only, and its habits. The
//! wording of the server's lines is ours, their form follows Microsoft's pages and the trackers of
//! mail clients.

use std::time::Duration;

use mailclient::{
    Access, Append, Credentials, Error, FlagChange, Flags, Folders, IdSet, List, Mailbox,
    MessageId, Outcome, Part, Protocol, Query, Result, SizeHint,
};
use tokio::task::yield_now;

use crate::support::{account, folder, log_in};

const TOKEN: &str = "dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB";

/// Greeting, login with the token on one line, capabilities asked again, INBOX with three messages.
const OPENED: &str = r"
    S: * OK The Microsoft Exchange IMAP4 service is ready. [TQBXADIAUABSADEA]
    C: $1 CAPABILITY
    S: * CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+
    S: $1 OK CAPABILITY completed.
    C: $1 AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB
    S: $1 OK AUTHENTICATE completed.
    C: $1 CAPABILITY
    S: * CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CLIENTACCESSRULES CHILDREN IDLE NAMESPACE LITERAL+
    S: $1 OK CAPABILITY completed.
    C: $1 SELECT INBOX
    S: * 3 EXISTS
    S: * 0 RECENT
    S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft $MDNSent)
    S: * OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Deleted \Draft $MDNSent)] Permanent flags
    S: * OK [UIDVALIDITY 14] UIDVALIDITY value
    S: * OK [UIDNEXT 58] The next unique identifier value
    S: $1 OK [READ-WRITE] SELECT completed.
";

async fn imap(then: &str) -> Result<Box<dyn Mailbox>> {
    imap_with_token(&format!("{OPENED}{then}")).await
}

async fn imap_with_token(text: &str) -> Result<Box<dyn Mailbox>> {
    log_in(text, &account(Protocol::Imap), &Credentials::token("token")).await
}

async fn pop3(text: &str) -> Result<Box<dyn Mailbox>> {
    log_in(text, &account(Protocol::Pop3), &Credentials::token("token")).await
}

fn id(uid: u32) -> MessageId {
    format!("imap1:14:{uid}:INBOX").parse().unwrap()
}

fn ids<const N: usize>(uids: [u32; N]) -> IdSet {
    uids.map(id).into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn the_listing_takes_items_in_any_order() {
    let mut mailbox = imap(
        r#"
        C: $1 FETCH 2:* (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: * 2 FETCH (RFC822.SIZE 1316981 FLAGS (\Seen) INTERNALDATE "24-Nov-2026 09:00:00 +0000" UID 56)
        S: * 1 FETCH (FLAGS (\Flagged))
        S: * 3 FETCH (INTERNALDATE " 1-Nov-2026 09:00:00 +0100" FLAGS () UID 57 RFC822.SIZE 10)
        S: $1 OK FETCH completed."#,
    )
    .await
    .unwrap();
    let rows = mailbox.list(&List::newest(2)).await.unwrap().collect(10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), [id(56), id(57)]);
    assert!(rows[0].flags.as_ref().unwrap().seen);
    assert_eq!(rows[0].size.map(SizeHint::bytes), Some(1_316_981));
    assert_eq!(rows[1].received.unwrap().to_string(), "2026-11-01T09:00:00+01:00");
}

/// Opens each folder that `folders` gives, and returns their names.
async fn open_all(mailbox: &mut dyn Mailbox) -> Vec<String> {
    let folders = mailbox.folders(&Folders::all()).await.unwrap();
    let mut names = Vec::new();
    for folder in folders {
        mailbox.open(&folder.name, Access::ReadOnly).await.unwrap();
        names.push(folder.name.to_string());
    }
    names
}

/// Exchange has tabs in names; other servers send UTF-8 where it was not agreed on. They go as
/// literals.
#[tokio::test(start_paused = true)]
async fn folder_names_go_back_as_they_came() {
    let mut mailbox = imap(
        r#"
        C: $1 LIST "" "*"
        S: * LIST () "/" "Entw&APw-rfe"
        S: * LIST () "/" "Entwürfe"
        S: * LIST () "/" "a	b"
        S: * LIST () "/" "a&AAk-b"
        S: * LIST () "/" R&D
        S: * LIST () "/" "R&-D"
        S: * LIST () "/" "&AA0ACg-"
        S: $1 OK LIST completed.
        C: $1 EXAMINE Entw&APw-rfe
        S: * 0 EXISTS
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE {9+}
        C: Entwürfe
        S: * 0 EXISTS
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE {3+}
        C: a	b
        S: * 0 EXISTS
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE a&AAk-b
        S: * 0 EXISTS
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE R&D
        S: * 0 EXISTS
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE R&-D
        S: * 0 EXISTS
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE &AA0ACg-
        S: * 0 EXISTS
        S: $1 OK [READ-ONLY] EXAMINE completed."#,
    )
    .await
    .unwrap();
    assert_eq!(
        open_all(&mut *mailbox).await,
        [
            "Entwürfe",
            "\u{fffd}Entwürfe",
            "\u{fffd}a\tb",
            "a\tb",
            "\u{fffd}R&D",
            "R&D",
            "\u{fffd}&AA0ACg-"
        ]
    );
}

/// IMAP4rev2 alone: names are UTF-8, and `&` is a letter.
#[tokio::test(start_paused = true)]
async fn folder_names_go_back_as_they_came_in_utf8() {
    let text = r#"
        S: * OK [CAPABILITY IMAP4rev2 AUTH=XOAUTH2 SASL-IR] ready
        C: $1 AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB
        S: $1 OK [CAPABILITY IMAP4rev2] done
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        C: $1 LIST "" "*" RETURN (SUBSCRIBED CHILDREN SPECIAL-USE)
        S: * LIST () "/" "Caf&AOk-"
        S: * LIST () "/" "Café"
        S: $1 OK done
        C: $1 EXAMINE Caf&AOk-
        S: * 0 EXISTS
        S: $1 OK [READ-ONLY] done
        C: $1 EXAMINE "Café"
        S: * 0 EXISTS
        S: $1 OK [READ-ONLY] done"#;
    let mut mailbox = imap_with_token(text).await.unwrap();
    assert_eq!(open_all(&mut *mailbox).await, ["Caf&AOk-", "Café"]);
}

#[tokio::test(start_paused = true)]
async fn the_uid_may_follow_the_body() {
    let mut mailbox = imap(
        "
        C: $1 UID FETCH 57 (UID RFC822.SIZE)
        C: $2 UID FETCH 57 (UID BODY.PEEK[])
        S: * 3 FETCH (RFC822.SIZE 15 UID 57)
        S: $1 OK FETCH completed.
        S: * 3 FETCH (BODY[] {13}
        S: Subject: hi
        S:  FLAGS () UID 57)
        S: $2 OK FETCH completed.",
    )
    .await
    .unwrap();
    let id = id(57);
    let body = mailbox.fetch(&id, &Part::Whole).await.unwrap();
    assert_eq!(body.size_hint().map(SizeHint::bytes), Some(13));
    assert_eq!(body.collect(100).await.unwrap(), b"Subject: hi\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_exchange_cannot_read_is_damaged_and_not_gone() {
    let mut mailbox = imap(
        "
        C: $1 UID FETCH 57 (UID RFC822.SIZE)
        C: $2 UID FETCH 57 (UID BODY.PEEK[])
        S: * 3 FETCH (UID 57 RFC822.SIZE 1200)
        S: $1 OK FETCH completed.
        S: $2 OK FETCH completed.
        C: $1 UID FETCH 58 (UID RFC822.SIZE)
        C: $2 UID FETCH 58 (UID BODY.PEEK[])
        S: $1 OK FETCH completed.
        S: $2 OK FETCH completed.",
    )
    .await
    .unwrap();
    let mut error = async |uid| match mailbox.fetch(&id(uid), &Part::Whole).await {
        Ok(body) => body.collect(100).await.unwrap_err(),
        Err(error) => error,
    };
    let unreadable = error(57).await;
    let Error::Damaged(damage) = &unreadable else { panic!("{unreadable}") };
    assert_eq!(damage.id, Some(id(57)));
    assert!(!unreadable.needs_reconnect(), "{unreadable}");
    let absent = error(58).await;
    assert!(matches!(absent, Error::NoSuchMessage(_)) && !absent.needs_reconnect(), "{absent}");
}

#[tokio::test(start_paused = true)]
async fn throttling_names_its_pause() {
    let mut mailbox = imap(
        r"
        C: $1 UID FETCH 57 UID
        C: $2 UID STORE 57 +FLAGS (\Flagged)
        S: * 3 FETCH (UID 57)
        S: $1 OK FETCH completed.
        S: $2 BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds",
    )
    .await
    .unwrap();
    let flags = Flags::new().with_flagged();
    let error = mailbox.set_flags(&ids([57]), FlagChange::Add, &flags).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_millis(92_415)));
    assert!(error.is_transient() && !error.needs_reconnect(), "{error}");
    let Error::Partial(report) = &error else { panic!("{error}") };
    assert_eq!(report.to_repeat(), ids([57]), "{report}");
}

#[tokio::test(start_paused = true)]
async fn flags_are_done_for_the_messages_that_there_are() {
    let mut mailbox = imap(
        r"
        C: $1 UID FETCH 56:57,99 UID
        C: $2 UID STORE 56:57,99 +FLAGS (\Flagged)
        S: * 2 FETCH (UID 56)
        S: * 3 FETCH (UID 57)
        S: $1 OK FETCH completed.
        S: * 2 FETCH (UID 56 FLAGS (\Flagged))
        S: * 3 FETCH (UID 57 FLAGS (\Flagged))
        S: $2 OK STORE completed.",
    )
    .await
    .unwrap();
    let flags = Flags::new().with_flagged();
    let report = mailbox.set_flags(&ids([57, 56, 99]), FlagChange::Add, &flags).await.unwrap();
    assert_eq!((report.done(), report.gone()), (ids([56, 57]), ids([99])), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_copy_names_the_copies() {
    let mut mailbox = imap(
        r"
        C: $1 UID FETCH 56:57 UID
        C: $2 UID COPY 56:57 Archive
        S: * 2 FETCH (UID 56)
        S: * 3 FETCH (UID 57)
        S: $1 OK FETCH completed.
        S: $2 OK [COPYUID 7 56:57 3:4] COPY completed.",
    )
    .await
    .unwrap();
    let report = mailbox.copy(&ids([56, 57]), &folder("Archive")).await.unwrap();
    let copies = report.iter().map(|(id, outcome)| match outcome {
        Outcome::Done { new: Some(new), .. } => format!("{id} is {new}"),
        other => format!("{id}: {other:?}"),
    });
    assert_eq!(
        copies.collect::<Vec<_>>(),
        ["imap1:14:56:INBOX is imap1:7:3:Archive", "imap1:14:57:INBOX is imap1:7:4:Archive"]
    );
}

/// A server may finish the second of two commands first (RFC 9051 section 5.5). Dovecot does so
/// with a refusal.
#[tokio::test(start_paused = true)]
async fn an_answer_may_overtake_the_one_before_it() {
    let mut mailbox = imap(
        r"
        C: $1 UID FETCH 56:57 UID
        C: $2 UID COPY 56:57 Archive
        S: * 2 FETCH (UID 56)
        S: $2 NO [TRYCREATE] Mailbox doesn't exist: Archive
        S: $1 OK FETCH completed.
        C: $3 UID FETCH 56 (UID RFC822.SIZE)
        C: $4 UID FETCH 56 (UID BODY.PEEK[])
        S: $4 OK FETCH completed.
        S: $3 OK FETCH completed.",
    )
    .await
    .unwrap();
    let error = mailbox.copy(&ids([56, 57]), &folder("Archive")).await.unwrap_err();
    let Error::Partial(report) = &error else { panic!("{error}") };
    assert_eq!((report.to_repeat(), report.gone()), (ids([56]), ids([57])), "{report}");
    let error = mailbox.fetch(&id(56), &Part::Whole).await.err().unwrap();
    assert!(matches!(error, Error::NoSuchMessage(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_ends_the_session_with_its_reason() {
    let mut mailbox =
        imap("C: $1 NOOP\nS: * BYE Session invalidated - AccessTokenExpired\n! eof").await.unwrap();
    let error = mailbox.status().await.unwrap_err();
    assert!(matches!(error, Error::Closed { .. }) && error.is_transient(), "{error}");
    assert!(error.to_string().contains("AccessTokenExpired"), "{error}");
    // So does every call after it.
    let error = mailbox.status().await.unwrap_err();
    assert!(error.to_string().contains("AccessTokenExpired"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn search_uses_no_extensions() {
    let mut mailbox =
        imap("C: $1 UID SEARCH TEXT \"report\"\nS: * SEARCH 57 56\nS: $1 OK SEARCH completed.")
            .await
            .unwrap();
    assert_eq!(mailbox.search(&Query::words("report")).await.unwrap().ids, ids([56, 57]));
}

/// What the server said before it was asked is no answer.
#[tokio::test(start_paused = true)]
async fn a_search_does_not_find_what_came_before_it() {
    let mut mailbox = imap(
        "
        S: * SEARCH 55
        C: $1 UID SEARCH UNSEEN
        S: * SEARCH 56
        S: $1 OK SEARCH completed.",
    )
    .await
    .unwrap();
    for _ in 0..10 {
        // The server speaks.
        yield_now().await;
    }
    assert_eq!(mailbox.search(&Query::Unseen).await.unwrap().ids, ids([56]));
}

/// A server that says BYE gets no message, and its words are the error.
#[tokio::test(start_paused = true)]
async fn an_upload_after_the_last_words_is_closed_with_them() {
    let mut mailbox = imap("S: * BYE Server Unavailable. 15").await.unwrap();
    for _ in 0..10 {
        yield_now().await;
    }
    let mut message = &b"Subject: new\r\n\r\n"[..];
    let options = Append::new(message.len() as u64);
    let error = mailbox.append(&folder("Sent"), &options, &mut message).await.unwrap_err();
    assert!(matches!(error, Error::Closed { .. }), "{error}");
    assert!(error.to_string().contains("Server Unavailable. 15"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_search_result_stays_ranges() {
    let mut mailbox = imap(
        r#"
        C: $1 UID SEARCH UNSEEN
        S: * ESEARCH (TAG "$1") UID ALL 56:57
        S: $1 OK SEARCH completed.
        C: $1 UID SEARCH UNSEEN
        S: * ESEARCH (TAG "$1") UID ALL 1:4294967295
        S: $1 OK SEARCH completed."#,
    )
    .await
    .unwrap();
    let found = mailbox.search(&Query::Unseen).await.unwrap().ids;
    assert_eq!(found, ids([56, 57]));
    // No folder holds so many, and they take no memory.
    let found = mailbox.search(&Query::Unseen).await.unwrap().ids;
    assert_eq!(format!("{found:?}"), "{imap1:14:1-4294967295:INBOX, 4294967295 in all}");
}

#[tokio::test(start_paused = true)]
async fn a_search_that_cannot_be_read_in_full_is_damaged() {
    for answer in [
        "SEARCH 56 0 57",
        "SEARCH 56 99999999999",
        "SEARCH 56 57x",
        r#"ESEARCH (TAG "$1") UID ALL 56,0"#,
        r#"ESEARCH (TAG "$1") UID ALL 56 ALL 57"#,
    ] {
        let text = format!("C: $1 UID SEARCH UNSEEN\nS: * {answer}\nS: $1 OK SEARCH completed.");
        let error = imap(&text).await.unwrap().search(&Query::Unseen).await.unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{answer}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn deletion_is_store_and_uid_expunge_of_the_messages_that_there_are() {
    let mut mailbox = imap(
        r"
        C: $1 UID FETCH 56:57,99 (UID FLAGS)
        S: * 2 FETCH (FLAGS () UID 56)
        S: * 3 FETCH (FLAGS () UID 57)
        S: $1 OK FETCH completed.
        C: $1 UID STORE 56:57 +FLAGS (\Deleted)
        S: * 2 FETCH (FLAGS (\Deleted) UID 56)
        S: * 3 FETCH (FLAGS (\Deleted) UID 57)
        S: $1 OK STORE completed.
        C: $1 UID EXPUNGE 56:57
        S: * 2 EXPUNGE
        S: * 2 EXPUNGE
        S: * 1 EXISTS
        S: $1 OK EXPUNGE completed.
        C: $1 LOGOUT
        S: * BYE Microsoft Exchange Server IMAP4 server signing off.
        S: $1 OK LOGOUT completed.
        ! eof",
    )
    .await
    .unwrap();
    mailbox.delete(&ids([57, 56, 99])).unwrap();
    let report = mailbox.close().await.unwrap();
    assert_eq!((report.done(), report.gone()), (ids([56, 57]), ids([99])), "{report}");
}

/// A message that was not expunged does not keep a flag that another client would act on.
#[tokio::test(start_paused = true)]
async fn a_refused_expunge_takes_the_flag_back() {
    let mut mailbox = imap(
        r"
        C: $1 UID FETCH 56:57 (UID FLAGS)
        S: * 2 FETCH (FLAGS () UID 56)
        S: * 3 FETCH (FLAGS (\Deleted) UID 57)
        S: $1 OK FETCH completed.
        C: $1 UID STORE 56:57 +FLAGS (\Deleted)
        S: * 2 FETCH (FLAGS (\Deleted) UID 56)
        S: * 3 FETCH (FLAGS (\Deleted) UID 57)
        S: $1 OK STORE completed.
        C: $1 UID EXPUNGE 56:57
        S: $1 NO Server Unavailable. 15
        C: $1 UID STORE 56 -FLAGS (\Deleted)
        S: * 2 FETCH (FLAGS () UID 56)
        S: $1 OK STORE completed.
        C: $1 NOOP
        S: $1 OK NOOP completed.
        C: $1 UID FETCH 56:57 (UID FLAGS)
        S: * 2 FETCH (FLAGS () UID 56)
        S: * 3 FETCH (FLAGS (\Deleted) UID 57)
        S: $1 OK FETCH completed.",
    )
    .await
    .unwrap();
    mailbox.delete(&ids([56, 57])).unwrap();
    let error = mailbox.close().await.unwrap_err();
    let Error::Partial(report) = &error else { panic!("{error}") };
    assert_eq!(report.to_repeat(), ids([56, 57]), "{report}");
    assert!(error.is_transient() && !error.needs_reconnect(), "{error}");
    // The session goes on, and the marks are still there.
    assert_eq!(mailbox.status().await.unwrap().messages, 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_to_an_account_without_a_mailbox_fails() {
    let text = r"
        S: * OK The Microsoft Exchange IMAP4 service is ready.
        C: $1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED SASL-IR
        S: $1 OK CAPABILITY completed.
        C: $1 AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB
        S: $1 OK AUTHENTICATE completed.
        C: $1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED SASL-IR
        S: $1 OK CAPABILITY completed.
        C: $1 SELECT INBOX
        S: $1 BAD User is authenticated but not connected.";
    let error = imap_with_token(text).await.err().unwrap();
    assert!(matches!(error, Error::Auth { .. }) && error.is_auth(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn login_is_not_attempted_when_disabled() {
    let text = "
        S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED] ready";
    let opened = log_in(text, &account(Protocol::Imap), &Credentials::password("secret")).await;
    let error = opened.err().unwrap();
    assert!(error.is_auth() && error.to_string().contains("token"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_explained_in_a_challenge() {
    let text = r"
        S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] ready
        C: $1 AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB
        S: + eyJzdGF0dXMiOiI0MDAifQ==
        C: 
        S: $1 NO AUTHENTICATE failed.";
    let error = imap_with_token(text).await.err().unwrap();
    assert!(error.is_auth() && error.to_string().contains("status 400"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn pop3_takes_the_token_in_two_lines() {
    assert_eq!(TOKEN.len(), 40);
    let mut mailbox = pop3(
        "
        S: +OK The Microsoft Exchange POP3 service is ready. [TQBXADIAUABSADEA]
        C: CAPA
        S: +OK
        S: TOP
        S: UIDL
        S: SASL PLAIN XOAUTH2
        S: USER
        S: .
        C: AUTH XOAUTH2
        S: + 
        C: dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB
        S: +OK User successfully authenticated.
        C: CAPA
        S: +OK
        S: TOP
        S: UIDL
        S: SASL PLAIN XOAUTH2
        S: USER
        S: .
        C: STAT
        S: +OK 2 42
        C: LIST
        S: +OK 2 42
        S: 1 21
        S: 2 21
        S: .
        C: UIDL
        S: +OK
        S: 1 6499
        S: 2 6500
        S: .
        C: DELE 1
        S: +OK
        C: QUIT
        S: +OK Microsoft Exchange Server POP3 server signing off.",
    )
    .await
    .unwrap();
    let rows = mailbox.list(&List::all()).await.unwrap().collect(10).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.id.to_string()).collect::<Vec<_>>(),
        ["pop1:6499", "pop1:6500"]
    );
    assert_eq!((rows[0].flags.clone(), rows[0].received), (None, None));
    mailbox.delete(&IdSet::from(&rows[0].id)).unwrap();
    let report = mailbox.close().await.unwrap();
    assert_eq!(report.done(), IdSet::from(&rows[0].id), "{report}");
}

#[tokio::test(start_paused = true)]
async fn pop3_refuses_a_token_at_once() {
    let error = pop3(
        "
        S: +OK The Microsoft Exchange POP3 service is ready.
        C: CAPA
        S: +OK
        S: SASL XOAUTH2
        S: .
        C: AUTH XOAUTH2
        S: + 
        C: dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB
        S: -ERR Authentication failure: unknown user name or bad password.",
    )
    .await
    .err()
    .unwrap();
    assert!(error.is_auth(), "{error}");
}
