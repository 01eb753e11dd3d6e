//! `append`, `replace`, flags and labels, on servers that play a script.

use mailclient::{
    Access, Append, Credentials, Error, Feature, FlagChange, Flags, FolderName, IdSet, List,
    Mailbox, MessageId, Outcome, PermanentFlags, Protocol, Report, SyncState, Versions,
};

use crate::support::{account, folder, log_in};

/// A session with INBOX open, which has three messages, on a server with these capabilities that
/// says `select` in its answer to SELECT.
async fn opened_as(capabilities: &str, select: &str, then: &str) -> Box<dyn Mailbox> {
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    let text = format!(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] ready
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        {select}
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    log_in(&text, &account, &Credentials::password("unused")).await.unwrap()
}

async fn opened(capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    opened_as(capabilities, "S: * 0 RECENT", then).await
}

/// What shows that nothing was sent before it: [`is_silent`] is the client's side.
const SILENT: &str = "C: $1 NOOP\nS: $1 OK done\n";

async fn is_silent(mailbox: &mut dyn Mailbox) {
    mailbox.status().await.unwrap();
}

const MESSAGE: &[u8] = b"12345678\r\n";

async fn append(
    mailbox: &mut dyn Mailbox,
    folder: &FolderName,
    message: &[u8],
) -> mailclient::Result<Option<MessageId>> {
    let mut reader = message;
    mailbox.append(folder, &Append::new(message.len() as u64), &mut reader).await
}

/// The server's side of an accepted upload to a folder.
fn accepted(folder: &str) -> String {
    format!("C: $1 APPEND {folder} {{10}}\nS: + go\nC: 12345678\nC: \nS: $1 OK done\n")
}

#[track_caller]
fn is_too_large<T: std::fmt::Debug>(answer: mailclient::Result<T>, told: (u64, u64)) {
    match answer {
        Err(Error::TooLarge { size, limit, .. }) => assert_eq!((size, limit), told),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_above_the_announced_limit_is_not_sent() {
    let text = format!("{SILENT}{}", accepted("Archive"));
    let mut mailbox = opened("APPENDLIMIT=10 REPLACE", &text).await;
    let archive = folder("Archive");
    is_too_large(append(&mut *mailbox, &archive, b"123456789\r\n").await, (11, 10));
    let mut reader = &b"123456789\r\n"[..];
    is_too_large(mailbox.replace(&id(54), &Append::new(11), &mut reader).await, (11, 10));
    assert_eq!(reader.len(), 11, "nothing is read");
    is_silent(&mut *mailbox).await;
    append(&mut *mailbox, &archive, MESSAGE).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_folder_is_asked_for_once() {
    let text = format!(
        "C: $1 STATUS Archive (APPENDLIMIT)\nS: * STATUS Archive (APPENDLIMIT 9)\nS: $1 OK done
        {SILENT}C: $1 STATUS Sent (APPENDLIMIT)\nS: * STATUS Sent (APPENDLIMIT NIL)\nS: $1 OK done
        {}{}C: $1 STATUS INBOX (APPENDLIMIT)\nS: * STATUS INBOX (APPENDLIMIT 0)\nS: $1 OK done\n{SILENT}",
        accepted("Sent"),
        accepted("Sent")
    );
    let mut mailbox = opened("APPENDLIMIT", &text).await;
    for _ in 0..2 {
        is_too_large(append(&mut *mailbox, &folder("Archive"), MESSAGE).await, (10, 9));
    }
    is_silent(&mut *mailbox).await;
    for _ in 0..2 {
        append(&mut *mailbox, &folder("Sent"), MESSAGE).await.unwrap();
    }
    is_too_large(append(&mut *mailbox, &FolderName::inbox(), MESSAGE).await, (10, 0));
    is_silent(&mut *mailbox).await;
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_was_renamed_may_have_another_limit() {
    let asked = |limit: u32| {
        format!(
            "C: $1 STATUS Work (APPENDLIMIT)\nS: * STATUS Work (APPENDLIMIT {limit})\nS: $1 OK x\n"
        )
    };
    let text = format!(
        "{}C: $1 RENAME Old Work\nS: $1 OK done\n{}{}",
        asked(9),
        asked(10),
        accepted("Work")
    );
    let mut mailbox = opened("APPENDLIMIT", &text).await;
    is_too_large(append(&mut *mailbox, &folder("Work"), MESSAGE).await, (10, 9));
    mailbox.rename(&folder("Old"), &folder("Work")).await.unwrap();
    append(&mut *mailbox, &folder("Work"), MESSAGE).await.unwrap();
}

/// The server tells better what is wrong with the folder when it refuses the message.
#[tokio::test(start_paused = true)]
async fn a_limit_that_is_not_told_refuses_nothing() {
    let text = "C: $1 STATUS Archive (APPENDLIMIT)\nS: $1 NO [NONEXISTENT] no such folder
        C: $1 APPEND Archive {10}\nS: $1 NO [TRYCREATE] no such folder
        C: $1 STATUS Archive (APPENDLIMIT)\nS: $1 OK done\n";
    let mut mailbox = opened("APPENDLIMIT", &format!("{text}{}", accepted("Archive"))).await;
    let error = append(&mut *mailbox, &folder("Archive"), MESSAGE).await.unwrap_err();
    assert!(error.to_string().contains("[TRYCREATE]"), "{error}");
    append(&mut *mailbox, &folder("Archive"), MESSAGE).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nul_goes_out_as_literal8_or_not_at_all() {
    let text = "C: $1 APPEND Archive ~{6}\nS: + go\nC: a<0x00>b<0x00>\nC: \nS: $1 OK done";
    let mut mailbox = opened("BINARY", text).await;
    assert!(mailbox.features().contains(Feature::BinaryAppend));
    let (options, mut reader) = (Append::new(6).binary(), &b"a\0b\0\r\n"[..]);
    mailbox.append(&folder("Archive"), &options, &mut reader).await.unwrap();

    let mut mailbox = opened("REPLACE UIDPLUS", SILENT).await;
    let mut reader = &b"a\0b\0\r\n"[..];
    let appended = mailbox.append(&folder("Archive"), &options, &mut reader).await;
    let replaced = mailbox.replace(&id(54), &options, &mut reader).await;
    for answer in [appended, replaced] {
        assert!(matches!(answer, Err(Error::Unsupported(Feature::BinaryAppend))), "{answer:?}");
    }
    assert_eq!(reader.len(), 6, "nothing is read");
    is_silent(&mut *mailbox).await;
}

fn id(uid: u32) -> MessageId {
    format!("imap1:14:{uid}:INBOX").parse().unwrap()
}

fn ids(uids: impl IntoIterator<Item = u32>) -> IdSet {
    uids.into_iter().map(id).collect()
}

async fn replace(mailbox: &mut dyn Mailbox, uid: u32) -> mailclient::Result<Option<MessageId>> {
    let options = Append::new(MESSAGE.len() as u64).with_flags(Flags::new().with_draft());
    let mut reader = MESSAGE;
    mailbox.replace(&id(uid), &options, &mut reader).await
}

/// The question and the command.
const REPLACE: &str = "C: $1 UID FETCH 54 UID\nC: $2 UID REPLACE 54 INBOX (\\Draft) {10}\n";
const IS_THERE: &str = "S: * 1 FETCH (UID 54)\nS: $1 OK done\n";
const UPLOAD: &str = "S: + go\nC: 12345678\nC: \n";

#[tokio::test(start_paused = true)]
async fn replace_is_one_command_where_the_server_has_it() {
    for answer in [
        "S: * OK [APPENDUID 14 57] ready\nS: * 4 EXISTS\nS: * 1 EXPUNGE\nS: $2 OK done\n",
        "S: * 4 EXISTS\nS: * 1 EXPUNGE\nS: $2 OK [APPENDUID 14 57] done\n",
    ] {
        let mut mailbox =
            opened("REPLACE", &format!("{REPLACE}{IS_THERE}{UPLOAD}{answer}{SILENT}")).await;
        assert!(mailbox.features().contains(Feature::Replace));
        assert_eq!(replace(&mut *mailbox, 54).await.unwrap(), Some(id(57)));
        assert_eq!(mailbox.status().await.unwrap().messages, 3);
    }
    // A server that tells no id.
    let text = format!("{REPLACE}{IS_THERE}{UPLOAD}S: $2 OK done\n");
    assert_eq!(replace(&mut *opened("REPLACE", &text).await, 54).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn replace_of_a_gone_message_is_told_from_a_refusal() {
    for text in ["S: $1 OK done\nS: $2 NO [NONEXISTENT] gone\n", "S: $2 NO gone\nS: $1 OK done\n"] {
        let mut mailbox = opened("REPLACE", &format!("{REPLACE}{text}{SILENT}")).await;
        let error = replace(&mut *mailbox, 54).await.unwrap_err();
        assert!(matches!(&error, Error::NoSuchMessage(gone) if **gone == id(54)), "{error}");
        is_silent(&mut *mailbox).await;
    }
    for text in [
        "S: * 1 FETCH (UID 54)\nS: $1 OK done\nS: $2 NO [OVERQUOTA] full\n",
        // Whether it is there is not told.
        "S: $1 NO not now\nS: $2 NO [OVERQUOTA] full\n",
    ] {
        let mut mailbox = opened("REPLACE", &format!("{REPLACE}{text}{SILENT}")).await;
        let error = replace(&mut *mailbox, 54).await.unwrap_err();
        assert!(matches!(&error, Error::Refused(_)), "{error}");
        is_silent(&mut *mailbox).await;
    }
    let text = "C: $1 UID FETCH 54 (UID FLAGS)\nS: $1 OK done\n";
    let mut mailbox = opened("UIDPLUS", &format!("{text}{SILENT}")).await;
    let error = replace(&mut *mailbox, 54).await.unwrap_err();
    assert!(matches!(&error, Error::NoSuchMessage(_)), "{error}");
    is_silent(&mut *mailbox).await;
}

/// The commands of a replacement without REPLACE, up to each of their ends.
const LOOK: &str = "C: $1 UID FETCH 54 (UID FLAGS)\nS: * 1 FETCH (UID 54 FLAGS (\\Draft))
    S: $1 OK done
    C: $1 APPEND INBOX (\\Draft) {10}\n";
const APPENDED: &str = "C: $2 NOOP\nS: * 4 EXISTS\nS: $1 OK [APPENDUID 14 57] done\nS: $2 OK done
    C: $1 UID STORE 54 +FLAGS (\\Deleted)\n";
const FLAGGED: &str = "S: * 1 FETCH (UID 54 FLAGS (\\Draft \\Deleted))\nS: $1 OK done
    C: $1 UID EXPUNGE 54\n";
const UNFLAGGED: &str = "C: $1 UID STORE 54 -FLAGS (\\Deleted)\nS: $1 OK done\n";

#[tokio::test(start_paused = true)]
async fn replace_appends_and_then_removes_that_message() {
    let text = format!("{LOOK}{UPLOAD}{APPENDED}{FLAGGED}S: * 1 EXPUNGE\nS: $1 OK done\n{SILENT}");
    let mut mailbox = opened("UIDPLUS", &text).await;
    assert!(mailbox.features().contains(Feature::Replace));
    assert_eq!(replace(&mut *mailbox, 54).await.unwrap(), Some(id(57)));
    assert_eq!(mailbox.status().await.unwrap().messages, 3);
}

/// The versions that are there, and whether the session goes on.
fn versions(answer: mailclient::Result<Option<MessageId>>) -> (Versions, Option<MessageId>, bool) {
    let error = answer.unwrap_err();
    assert!(!error.is_transient(), "not to be repeated without a look: {error}");
    let reconnect = error.needs_reconnect();
    match error {
        Error::Replacement { versions, new, .. } => (versions, new, !reconnect),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_says_which_versions_are_there() {
    let new = || Some(id(57));
    let removal = format!("{LOOK}{UPLOAD}{APPENDED}");
    let refused = "S: $1 NO [NOPERM] no\n";
    for (capabilities, text, expected) in [
        ("REPLACE", format!("{REPLACE}{IS_THERE}{UPLOAD}! eof"), (Versions::Either, None, false)),
        (
            "REPLACE",
            format!("{REPLACE}{IS_THERE}{UPLOAD}S: * OK [APPENDUID 14 57] ready\n! eof"),
            (Versions::Either, new(), false),
        ),
        ("UIDPLUS", format!("{LOOK}{UPLOAD}! eof"), (Versions::OldPerhapsNew, None, false)),
        (
            "UIDPLUS",
            format!("{removal}{refused}{UNFLAGGED}{SILENT}"),
            (Versions::Both, new(), true),
        ),
        ("UIDPLUS", format!("{removal}! eof"), (Versions::Both, new(), false)),
        (
            "UIDPLUS",
            format!("{removal}{FLAGGED}{refused}{UNFLAGGED}{SILENT}"),
            (Versions::Both, new(), true),
        ),
        ("UIDPLUS", format!("{removal}{FLAGGED}! eof"), (Versions::NewPerhapsOld, new(), false)),
    ] {
        let mut mailbox = opened(capabilities, &text).await;
        let found = versions(replace(&mut *mailbox, 54).await);
        assert_eq!(found, expected, "{text}");
        if found.2 {
            is_silent(&mut *mailbox).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_old_version_stays_where_the_new_one_is_refused() {
    for (capabilities, text) in [
        ("UIDPLUS", format!("{LOOK}S: $1 NO [OVERQUOTA] full\n{SILENT}")),
        ("UIDPLUS", format!("{LOOK}{UPLOAD}C: $2 NOOP\nS: $1 NO full\nS: $2 OK done\n{SILENT}")),
    ] {
        let mut mailbox = opened(capabilities, &text).await;
        let error = replace(&mut *mailbox, 54).await.unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{error}");
        is_silent(&mut *mailbox).await;
    }
}

/// The UID is that of another message now, perhaps.
#[tokio::test(start_paused = true)]
async fn nothing_is_removed_after_the_uidvalidity_changed() {
    let text = format!(
        "{LOOK}{UPLOAD}C: $2 NOOP\nS: * OK [UIDVALIDITY 15] other\nS: $1 OK done\nS: $2 OK done\n"
    );
    let mut mailbox = opened("UIDPLUS", &text).await;
    let found = versions(replace(&mut *mailbox, 54).await);
    assert_eq!(found, (Versions::Both, None, true));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_replaced_is_refused_at_once() {
    let mut mailbox = opened("", SILENT).await;
    assert!(!mailbox.features().contains(Feature::Replace));
    let error = replace(&mut *mailbox, 54).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported(Feature::Replace)), "{error}");
    is_silent(&mut *mailbox).await;

    let text = format!(
        "{SILENT}C: $1 EXAMINE INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 14] valid\nS: $1 OK [READ-ONLY] x\n"
    );
    let marked = format!("C: $1 UID FETCH 54 (UID FLAGS)\nS: $1 OK done\n{text}{SILENT}");
    let mut mailbox = opened("UIDPLUS", &marked.replacen(SILENT, "", 1)).await;
    mailbox.delete(&ids([54])).unwrap();
    let error = replace(&mut *mailbox, 54).await.unwrap_err();
    assert!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    mailbox.undelete(&ids([54])).unwrap();
    let error = replace(&mut *mailbox, 54).await.unwrap_err();
    assert!(matches!(error, Error::NoSuchMessage(_)), "asked for, and not there: {error}");
    mailbox.open(&FolderName::inbox(), Access::ReadOnly).await.unwrap();
    let error = replace(&mut *mailbox, 54).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly(_)), "{error}");
    is_silent(&mut *mailbox).await;
}

#[tokio::test(start_paused = true)]
async fn flags_that_a_folder_would_lose_are_refused() {
    let set = "C: $1 UID FETCH 54 UID\nC: $2 UID STORE 54 ";
    let done = "S: * 1 FETCH (UID 54)\nS: $1 OK done\nS: $2 OK done\n";
    let text = format!(
        "{SILENT}{set}-FLAGS (\\Flagged)\n{done}{set}+FLAGS (\\Seen $mdnsent)\n{done}
        C: $1 NOOP\nS: * OK [PERMANENTFLAGS (\\Seen \\*)] more\nS: $1 OK done
        {set}FLAGS ($Later)\n{done}"
    );
    let select = "S: * OK [PERMANENTFLAGS (\\Seen \\Draft $MDNSent)] these";
    let mut mailbox = opened_as("", select, &text).await;
    let kept = Flags::new().with_seen().with_draft().with_keyword("$MDNSent");
    let known = mailbox.selected().unwrap().permanent_flags.clone();
    assert_eq!(known, Some(PermanentFlags::new(kept)));
    let later = Flags::new().with_keyword("$Later");
    for change in [FlagChange::Add, FlagChange::Replace] {
        for (flags, lost) in [
            (Flags::new().with_seen().with_flagged(), Flags::new().with_flagged()),
            (later.clone().with_draft(), later.clone()),
        ] {
            match mailbox.set_flags(&ids([54]), change, &flags).await {
                Err(Error::NotKept(found)) => assert_eq!(*found, lost),
                other => panic!("{other:?}"),
            }
        }
    }
    is_silent(&mut *mailbox).await;
    let flagged = Flags::new().with_flagged();
    mailbox.set_flags(&ids([54]), FlagChange::Remove, &flagged).await.unwrap();
    let seen = Flags::new().with_seen().with_keyword("$mdnsent");
    mailbox.set_flags(&ids([54]), FlagChange::Add, &seen).await.unwrap();
    // The server made room for more.
    is_silent(&mut *mailbox).await;
    mailbox.set_flags(&ids([54]), FlagChange::Replace, &later).await.unwrap();
}

/// RFC 9051 section 7.1: all flags can be changed then. What another folder keeps does not count.
#[tokio::test(start_paused = true)]
async fn without_permanentflags_every_flag_is_sent() {
    let text = "C: $1 SELECT Archive\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 15] valid\nS: $1 OK done
        C: $1 UID FETCH 54 UID\nC: $2 UID STORE 54 +FLAGS (\\Flagged $Later)
        S: * 1 FETCH (UID 54)\nS: $1 OK done\nS: $2 OK done\n";
    let mut mailbox = opened_as("", "S: * OK [PERMANENTFLAGS ()] none", text).await;
    let flags = Flags::new().with_flagged().with_keyword("$Later");
    let refused = mailbox.set_flags(&ids([54]), FlagChange::Add, &flags).await;
    assert!(matches!(refused, Err(Error::NotKept(_))), "{refused:?}");
    let open = mailbox.open(&folder("Archive"), Access::ReadWrite).await.unwrap();
    assert_eq!(open.permanent_flags, None);
    let ids = IdSet::from("imap1:15:54:Archive".parse::<MessageId>().unwrap());
    mailbox.set_flags(&ids, FlagChange::Add, &flags).await.unwrap();
}

fn partial(answer: mailclient::Result<Report>) -> Report {
    match answer {
        Err(Error::Partial(report)) => *report,
        other => panic!("{other:?}"),
    }
}

const CONDITIONAL: &str =
    "C: $1 UID FETCH 54:57 UID\nC: $2 UID STORE 54:57 (UNCHANGEDSINCE 7) +FLAGS (\\Seen)
    S: * 1 FETCH (UID 54)\nS: * 2 FETCH (UID 55)\nS: * 3 FETCH (UID 56)\nS: $1 OK done\n";

#[tokio::test(start_paused = true)]
async fn what_changed_meanwhile_is_left_alone_and_told() {
    let state: SyncState = "sync1:14:60:7:1-56:INBOX".parse().unwrap();
    let seen = Flags::new().with_seen();
    for (text, done, changed, unknown) in [
        ("S: * 1 FETCH (UID 54 MODSEQ (9) FLAGS (\\Seen))\nS: $2 OK [MODIFIED 55:56] x", 1, 2, 0),
        // Cyrus tells also what it is now; 57 is gone.
        (
            "S: * 1 FETCH (UID 54 MODSEQ (9) FLAGS (\\Seen))
            S: * 2 FETCH (UID 55 MODSEQ (8) FLAGS ())\nS: $2 OK [MODIFIED 55,57] x",
            2,
            1,
            0,
        ),
        ("S: * 1 FETCH (UID 54 FLAGS (\\Seen))\nS: $2 NO [MODIFIED 56] some are gone", 1, 1, 1),
    ] {
        let mut mailbox = opened("CONDSTORE", &format!("{CONDITIONAL}{text}")).await;
        assert!(mailbox.features().contains(Feature::ConditionalFlags));
        let ids = ids(54..58);
        let answer = mailbox.set_flags_if_unchanged(&ids, FlagChange::Add, &seen, &state).await;
        let report = partial(answer);
        let count = |wanted: fn(&Outcome) -> bool| {
            report.iter().filter(|(_, outcome)| wanted(outcome)).count()
        };
        let found = (
            count(|one| matches!(one, Outcome::Done { .. })),
            count(|one| matches!(one, Outcome::Changed)),
            count(|one| matches!(one, Outcome::Unknown)),
        );
        assert_eq!(found, (done, changed, unknown), "{report:?}");
        assert_eq!(report.gone(), self::ids([57]), "{report:?}");
        assert!(report.to_repeat().is_empty(), "{report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_condition_needs_condstore_and_a_state_of_this_folder() {
    let seen = Flags::new().with_seen();
    for (capabilities, state, is_misuse) in [
        ("", "sync1:14:60:7:1:INBOX", false),
        ("CONDSTORE", "sync1:14:60:0:1:INBOX", true),
        ("CONDSTORE", "sync1:15:60:7:1:INBOX", true),
        ("CONDSTORE", "sync1:14:60:7:1:Archive", true),
    ] {
        let mut mailbox = opened(capabilities, SILENT).await;
        let (ids, state) = (ids([54]), state.parse::<SyncState>().unwrap());
        let answer = mailbox.set_flags_if_unchanged(&ids, FlagChange::Add, &seen, &state).await;
        match answer {
            Err(Error::Misuse(_)) => assert!(is_misuse, "{state}"),
            Err(Error::Unsupported(Feature::ConditionalFlags)) => assert!(!is_misuse, "{state}"),
            other => panic!("{other:?}"),
        }
        is_silent(&mut *mailbox).await;
    }
}

/// Gmail, as its documentation shows it.
#[tokio::test(start_paused = true)]
async fn gmails_labels_are_listed() {
    let text = r#"
        C: $1 FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE X-GM-LABELS X-GM-MSGID X-GM-THRID)
        S: * 1 FETCH (X-GM-THRID 1278455344230334865 X-GM-MSGID 1278455344230334866 X-GM-LABELS ("\\Inbox" "Entw&APw-rfe" Work "a b") UID 54 RFC822.SIZE 9 INTERNALDATE "17-Jul-2026 02:44:25 +0000" FLAGS ())
        S: * 2 FETCH (UID 55 RFC822.SIZE 9 INTERNALDATE "17-Jul-2026 02:44:25 +0000" FLAGS ())
        S: * 2 FETCH (X-GM-LABELS ())
        S: $1 OK done"#;
    let mut mailbox = opened("X-GM-EXT-1", text).await;
    assert!(mailbox.features().contains(Feature::Labels));
    let request = List::all().with_labels();
    let rows = mailbox.list(&request).await.unwrap().collect(9).await.unwrap();
    let labels = ["\\Inbox", "Entwürfe", "Work", "a b"].map(String::from).to_vec();
    assert_eq!(rows[0].labels.as_ref(), Some(&labels));
    assert_eq!(rows[0].gmail_message, Some(1_278_455_344_230_334_866));
    assert_eq!(rows[0].gmail_thread, Some(1_278_455_344_230_334_865));
    assert_eq!((rows.len(), rows[1].labels.clone()), (2, Some(Vec::new())));
}

#[tokio::test(start_paused = true)]
async fn gmails_labels_are_changed() {
    let set = |change: &str| {
        format!(
            "C: $1 UID FETCH 54 UID\nC: $2 UID STORE 54 {change}\nS: * 1 FETCH (UID 54)
            S: $1 OK done\nS: * 1 FETCH (UID 54 X-GM-LABELS (Work))\nS: $2 OK done\n"
        )
    };
    let text = [
        set("+X-GM-LABELS (\\Starred Entw&APw-rfe \"a b\")"),
        set("-X-GM-LABELS (\\Inbox)"),
        set("X-GM-LABELS ()"),
        SILENT.into(),
    ];
    let mut mailbox = opened("X-GM-EXT-1", &text.concat()).await;
    for (change, labels) in [
        (FlagChange::Add, &["\\Starred", "Entwürfe", "a b"][..]),
        (FlagChange::Remove, &["\\Inbox"]),
        (FlagChange::Replace, &[]),
    ] {
        let labels: Vec<String> = labels.iter().map(|label| (*label).into()).collect();
        let report = mailbox.set_labels(&ids([54]), change, &labels).await.unwrap();
        assert_eq!(report.done(), ids([54]));
    }
    for label in ["", "\\", "\\a b", "a\r\nb", "\\Inbox\r\n"] {
        let labels = ["Work".to_owned(), label.to_owned()];
        let answer = mailbox.set_labels(&ids([54]), FlagChange::Add, &labels).await;
        assert!(matches!(answer, Err(Error::Misuse(_))), "{label:?}: {answer:?}");
    }
    is_silent(&mut *mailbox).await;
    let mut mailbox = opened("", SILENT).await;
    let answer = mailbox.set_labels(&ids([54]), FlagChange::Add, &["Work".into()]).await;
    assert!(matches!(answer, Err(Error::Unsupported(Feature::Labels))), "{answer:?}");
    let request = List::all().with_labels();
    let listed = mailbox.list(&request).await.map(drop);
    assert!(matches!(listed, Err(Error::Unsupported(Feature::Labels))), "{listed:?}");
    is_silent(&mut *mailbox).await;
}
