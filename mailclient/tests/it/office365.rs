//! Exchange Online as reported: two front ends, plain RFC 3501, tokens only, and its habits. The
//! wording of the server's lines is ours, their form follows Microsoft's pages and the trackers of
//! mail clients.

use std::time::Duration;

use mail_harness::{script::script, transcript::client::ClientEnd};
use mailclient::{
    Access, Credentials, Error, FlagChange, Flags, ImapMailbox, MessageId, Part, Pop3Mailbox,
    Protocol, Query, Window,
};

use crate::support::account;

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

async fn imap(then: &str) -> Result<ImapMailbox<ClientEnd>, Error> {
    let (stream, _server) = script(&format!("{OPENED}{then}"));
    ImapMailbox::over(stream, &account(Protocol::Imap), &Credentials::token("token")).await
}

async fn pop3(text: &'static str) -> Result<Pop3Mailbox<ClientEnd>, Error> {
    let (stream, _server) = script(text);
    Pop3Mailbox::over(stream, &account(Protocol::Pop3), &Credentials::token("token")).await
}

fn id(uid: u32) -> MessageId {
    format!("imap:14:{uid}").parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_listing_takes_items_in_any_order() {
    let mut mailbox = imap(
        r#"
        C: $1 FETCH 2:3 (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: * 2 FETCH (RFC822.SIZE 1316981 FLAGS (\Seen) INTERNALDATE "24-Nov-2026 09:00:00 +0000" UID 56)
        S: * 1 FETCH (FLAGS (\Flagged))
        S: * 3 FETCH (INTERNALDATE " 1-Nov-2026 09:00:00 +0100" FLAGS () UID 57 RFC822.SIZE 10)
        S: $1 OK FETCH completed."#,
    )
    .await
    .unwrap();
    let rows = mailbox.list(Window::Newest(2)).await.unwrap().collect(10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), [id(56), id(57)]);
    assert!(rows[0].flags.as_ref().unwrap().seen);
    assert_eq!(rows[1].received.unwrap().to_string(), "2026-11-01T09:00:00+01:00");
}

/// Opens each folder that `folders` gives, and returns their names.
async fn open_all(mailbox: &mut ImapMailbox<ClientEnd>) -> Vec<String> {
    let names: Vec<_> =
        mailbox.folders().await.unwrap().into_iter().map(|folder| folder.name).collect();
    for name in &names {
        mailbox.open(name, Access::ReadOnly).await.unwrap();
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
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE {9+}
        C: Entwürfe
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE {3+}
        C: a	b
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE a&AAk-b
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE R&D
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE R&-D
        S: $1 OK [READ-ONLY] EXAMINE completed.
        C: $1 EXAMINE &AA0ACg-
        S: $1 OK [READ-ONLY] EXAMINE completed."#,
    )
    .await
    .unwrap();
    assert_eq!(
        open_all(&mut mailbox).await,
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
    let (stream, _server) = script(
        r#"
        S: * OK [CAPABILITY IMAP4rev2 AUTH=XOAUTH2 SASL-IR] ready
        C: $1 AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB
        S: $1 OK [CAPABILITY IMAP4rev2] done
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        C: $1 LIST "" "*"
        S: * LIST () "/" "Caf&AOk-"
        S: * LIST () "/" "Café"
        S: $1 OK done
        C: $1 EXAMINE Caf&AOk-
        S: $1 OK [READ-ONLY] done
        C: $1 EXAMINE "Café"
        S: $1 OK [READ-ONLY] done"#,
    );
    let account = account(Protocol::Imap);
    let mut mailbox =
        ImapMailbox::over(stream, &account, &Credentials::token("token")).await.unwrap();
    assert_eq!(open_all(&mut mailbox).await, ["Caf&AOk-", "Café"]);
}

#[tokio::test(start_paused = true)]
async fn the_uid_may_follow_the_body() {
    let mut mailbox = imap(
        "
        C: $1 UID FETCH 57 (UID BODY.PEEK[])
        S: * 3 FETCH (BODY[] {13}
        S: Subject: hi
        S:  FLAGS () UID 57)
        S: $1 OK FETCH completed.",
    )
    .await
    .unwrap();
    let octets = mailbox.fetch(&id(57), Part::Whole).await.unwrap().collect(100).await.unwrap();
    assert_eq!(octets, b"Subject: hi\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_exchange_cannot_read_is_an_error() {
    let mut mailbox =
        imap("C: $1 UID FETCH 57 (UID BODY.PEEK[])\nS: $1 OK FETCH completed.").await.unwrap();
    let error = mailbox.fetch(&id(57), Part::Whole).await.err().unwrap();
    assert!(matches!(error, Error::NoSuchMessage(_)) && !error.needs_reconnect(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn throttling_names_its_pause() {
    let mut mailbox = imap(
        r"
        C: $1 UID STORE 57 +FLAGS.SILENT (\Flagged)
        S: $1 BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds",
    )
    .await
    .unwrap();
    let error = mailbox
        .set_flags(&[id(57)], FlagChange::Add, &Flags::new().with_flagged())
        .await
        .unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_millis(92_415)));
    assert!(error.is_transient() && !error.needs_reconnect(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_ends_the_session_with_its_reason() {
    let mut mailbox =
        imap("C: $1 NOOP\nS: * BYE Session invalidated - AccessTokenExpired\n! eof").await.unwrap();
    let error = mailbox.status().await.unwrap_err();
    assert!(error.to_string().contains("AccessTokenExpired") && error.needs_reconnect(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn search_uses_no_extensions() {
    let mut mailbox =
        imap("C: $1 UID SEARCH TEXT \"report\"\nS: * SEARCH 57 56\nS: $1 OK SEARCH completed.")
            .await
            .unwrap();
    assert_eq!(mailbox.search(&Query::words("report")).await.unwrap(), [id(56), id(57)]);
}

#[tokio::test(start_paused = true)]
async fn a_search_cannot_find_more_than_there_is() {
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
    let found = mailbox.search(&Query::Unseen).await.unwrap();
    assert_eq!(found, [id(56), id(57)]);
    let error = mailbox.search(&Query::Unseen).await.unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_search_that_cannot_be_read_in_full_is_an_error() {
    for answer in [
        "SEARCH 56 0 57",
        "SEARCH 56 99999999999",
        "SEARCH 56 57x",
        r#"ESEARCH (TAG "$1") UID ALL 56,0"#,
        r#"ESEARCH (TAG "$1") UID ALL 56 ALL 57"#,
    ] {
        let text = format!("C: $1 UID SEARCH UNSEEN\nS: * {answer}\nS: $1 OK SEARCH completed.");
        let error = imap(&text).await.unwrap().search(&Query::Unseen).await.unwrap_err();
        assert!(error.to_string().contains("cannot be read"), "{answer}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn deletion_is_store_and_uid_expunge() {
    let mut mailbox = imap(
        r"
        C: $1 UID STORE 56:57 +FLAGS.SILENT (\Deleted)
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
    mailbox.delete(&[id(57), id(56)]).unwrap();
    mailbox.close().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_login_to_an_account_without_a_mailbox_fails() {
    let (stream, _server) = script(
        r"
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
        S: $1 BAD User is authenticated but not connected.",
    );
    let error = ImapMailbox::over(stream, &account(Protocol::Imap), &Credentials::token("token"))
        .await
        .unwrap_err();
    assert!(error.is_auth(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn login_is_not_attempted_when_disabled() {
    let (stream, _server) = script(
        "
        S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED] ready",
    );
    let error =
        ImapMailbox::over(stream, &account(Protocol::Imap), &Credentials::password("secret"))
            .await
            .unwrap_err();
    assert!(error.is_auth() && error.to_string().contains("token"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_explained_in_a_challenge() {
    let (stream, _server) = script(
        r"
        S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] ready
        C: $1 AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB
        S: + eyJzdGF0dXMiOiI0MDAifQ==
        C: 
        S: $1 NO AUTHENTICATE failed.",
    );
    let error = ImapMailbox::over(stream, &account(Protocol::Imap), &Credentials::token("token"))
        .await
        .unwrap_err();
    assert!(error.is_auth(), "{error}");
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
        C: LIST
        S: +OK 1 21
        S: 1 21
        S: .
        C: UIDL
        S: +OK
        S: 1 6499
        S: .",
    )
    .await
    .unwrap();
    let rows = mailbox.list(Window::All).await.unwrap().collect(10).await.unwrap();
    assert_eq!(rows[0].id.to_string(), "pop3:6499");
    assert_eq!((rows[0].flags.clone(), rows[0].received), (None, None));
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
    .unwrap_err();
    assert!(error.is_auth(), "{error}");
}
