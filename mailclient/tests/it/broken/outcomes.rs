//! What happened to each message, where the answers are many, few or damaged.

use std::time::Duration;

use imap_proto_lite::Command;
use mailclient::{Access, Change, Error, FlagChange, Flags, List, MessageId, Part, Query};
use tokio::time::timeout;

use crate::{
    broken::{id, ids, imap, outcomes, partial},
    support::folder,
};

#[tokio::test(start_paused = true)]
async fn flags_of_other_messages_are_told_whatever_the_call() {
    let mut mailbox = imap(
        "UIDPLUS",
        r"C: $1 UID FETCH 56 UID
        C: $2 UID COPY 56 Archive
        S: * 2 FETCH (UID 56)
        S: * 1 FETCH (UID 55 FLAGS (\Seen))
        S: $1 OK done
        S: $2 OK done
        C: $1 UID FETCH 56 UID
        C: $2 UID STORE 56 +FLAGS (\Seen)
        S: * 2 FETCH (UID 56)
        S: $1 OK done
        S: * 3 FETCH (UID 57 FLAGS (\Answered))
        S: * 2 FETCH (UID 56 FLAGS (\Seen))
        S: $2 OK done
        C: $1 UID FETCH 56 (UID FLAGS)
        S: * 3 FETCH (UID 57 FLAGS (\Draft))
        S: * 2 FETCH (UID 56 FLAGS ())
        S: $1 OK done
        C: $1 UID STORE 56 +FLAGS (\Deleted)
        S: * 1 FETCH (UID 55 FLAGS (\Flagged))
        S: * 2 FETCH (UID 56 FLAGS (\Deleted))
        S: $1 OK done
        C: $1 UID EXPUNGE 56
        S: $1 OK done",
    )
    .await;
    mailbox.copy(&ids(&[56]), &folder("Archive")).await.unwrap();
    mailbox.set_flags(&ids(&[56]), FlagChange::Add, &Flags::new().with_seen()).await.unwrap();
    mailbox.delete(&ids(&[56])).unwrap();
    mailbox.expunge().await.unwrap();
    for (uid, flags) in [
        (55, Flags::new().with_seen()),
        (57, Flags::new().with_answered()),
        (57, Flags::new().with_draft()),
        (55, Flags::new().with_flagged()),
    ] {
        let next = timeout(Duration::from_secs(1), mailbox.next_change()).await;
        match next {
            Ok(Ok(Change::Flags { id: Some(told), flags: now, .. })) => {
                assert_eq!((told, now), (id(uid), flags));
            }
            other => panic!("{uid}: {other:?}"),
        }
    }
}

/// A server that moves in steps tells the copies of each of them (RFC 6851 section 4.3).
#[tokio::test(start_paused = true)]
async fn copies_that_are_told_in_several_lines_are_all_done() {
    let mut mailbox = imap(
        "MOVE UIDPLUS",
        "C: $1 UID FETCH 55:57 UID
        C: $2 UID MOVE 55:57 Archive
        S: * 1 FETCH (UID 55)
        S: * 2 FETCH (UID 56)
        S: * 3 FETCH (UID 57)
        S: $1 OK done
        S: * OK [COPYUID 7 55:56 1:2] moved
        S: * 1 EXPUNGE
        S: * 1 EXPUNGE
        S: * OK [COPYUID 7 57 3] moved
        S: * 1 EXPUNGE
        S: $2 OK done",
    )
    .await;
    let report = mailbox.move_to(&ids(&[55, 56, 57]), &folder("Archive")).await.unwrap();
    assert_eq!(report.done(), ids(&[55, 56, 57]), "{}", outcomes(&report));
}

#[tokio::test(start_paused = true)]
async fn a_copyuid_that_cannot_be_believed_names_no_copy() {
    for code in [
        "[COPYUID 7 55:56 4:3] done",
        "[COPYUID 7 55:56 3] done",
        "[COPYUID 7 55:56 3:9] done",
        "[COPYUID 0 55:56 3:4] done",
        "[COPYUID 7 56:55 3:4] done",
        "[COPYUID 7 55:58 3:6] done",
        "[COPYUID 7 1:4294967295 1:4294967295] done",
        "[COPYUID 7 55:56] done",
        "done",
    ] {
        let script = format!(
            "C: $1 UID FETCH 55:56 UID
            C: $2 UID COPY 55:56 Archive
            S: * 1 FETCH (UID 55)
            S: * 2 FETCH (UID 56)
            S: $1 OK done
            S: $2 OK {code}"
        );
        let mut mailbox = imap("UIDPLUS", &script).await;
        let report = mailbox.copy(&ids(&[55, 56]), &folder("Archive")).await.unwrap();
        assert_eq!(outcomes(&report), "imap1:14:55:INBOX done, imap1:14:56:INBOX done", "{code}");
    }
}

/// A row that cannot be read is no proof that the message is gone.
#[tokio::test(start_paused = true)]
async fn a_message_whose_row_cannot_be_read_is_not_gone() {
    for row in ["* 2 FETCH (UID 5x6)", "* 2 FETCH (UID", "* 2 FETCH"] {
        let script = format!(
            r"C: $1 UID FETCH 56 UID
            C: $2 UID STORE 56 +FLAGS (\Seen)
            S: {row}
            S: $1 OK done
            S: * 2 FETCH (UID 56 FLAGS (\Seen))
            S: $2 OK done"
        );
        let mut mailbox = imap("UIDPLUS", &script).await;
        let seen = Flags::new().with_seen();
        let report = mailbox.set_flags(&ids(&[56]), FlagChange::Add, &seen).await.unwrap();
        assert_eq!(outcomes(&report), "imap1:14:56:INBOX done", "{row}");

        let script = format!(
            r"C: $1 UID FETCH 56 UID
            C: $2 UID COPY 56 Archive
            S: {row}
            S: $1 OK done
            S: $2 OK done"
        );
        let mut mailbox = imap("UIDPLUS", &script).await;
        let report = mailbox.copy(&ids(&[56]), &folder("Archive")).await.unwrap();
        assert_eq!(outcomes(&report), "imap1:14:56:INBOX done", "{row}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_row_cannot_be_read_is_not_done() {
    for row in ["* 2 FETCH (FLAGS () UID 5x6)", "* 2 FETCH (UID", "* 2 FETCH"] {
        let script = format!("C: $1 UID FETCH 56 (UID FLAGS)\nS: {row}\nS: $1 OK done");
        let mut mailbox = imap("UIDPLUS", &script).await;
        mailbox.delete(&ids(&[56])).unwrap();
        let report = partial(mailbox.expunge().await);
        assert_eq!(outcomes(&report), "imap1:14:56:INBOX notsent", "{row}");
        assert!(matches!(report.cause(), Some(Error::Damaged(_))), "{row}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_whose_size_row_cannot_be_read_is_not_gone() {
    for row in ["* 2 FETCH (UID 5x6 RFC822.SIZE 3)", "* 2 FETCH (UID", "* 2 FETCH"] {
        let script = format!(
            "C: $1 UID FETCH 56 (UID RFC822.SIZE)
            C: $2 UID FETCH 56 (UID BODY.PEEK[])
            S: {row}
            S: $1 OK done
            S: {row}
            S: $2 OK done
            C: $3 UID FETCH 56 (UID RFC822.SIZE)
            C: $4 UID FETCH 56 (UID BODY.PEEK[])
            S: {row}
            S: $3 OK done
            S: {row}
            S: $4 OK done"
        );
        let mut mailbox = imap("", &script).await;
        let error = mailbox.fetch(&id(56), &Part::Whole).await.err().unwrap();
        assert!(!matches!(error, Error::NoSuchMessage(_)), "{row}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_capability_that_went_leaves_no_flag_behind() {
    let mut mailbox = imap(
        "UIDPLUS",
        r"C: $1 NOOP
        S: * CAPABILITY IMAP4rev1
        S: $1 OK done
        C: $1 NOOP
        S: $1 OK done",
    )
    .await;
    mailbox.delete(&ids(&[56])).unwrap();
    mailbox.keep_alive().await.unwrap();
    let imap = mailbox.as_imap().unwrap();
    imap.run(&Command::Noop, |_| ()).await.unwrap();
    let report = partial(mailbox.close().await);
    assert_eq!(outcomes(&report), "imap1:14:56:INBOX notsent");
    assert!(matches!(report.cause(), Some(Error::Unsupported(_))), "{report:?}");
    let imap = mailbox.as_imap().unwrap();
    imap.run(&Command::Noop, |_| ()).await.unwrap();
}

/// Marks are a set: what was taken back is not carried out, and what went is gone.
#[tokio::test(start_paused = true)]
async fn a_mark_that_is_taken_back_or_moved_away_deletes_nothing() {
    let mut mailbox = imap(
        "UIDPLUS MOVE",
        r"C: $1 UID FETCH 56 UID
        C: $2 UID MOVE 56 Archive
        S: * 2 FETCH (UID 56)
        S: $1 OK done
        S: * OK [COPYUID 7 56 3] moved
        S: * 2 EXPUNGE
        S: $2 OK done
        C: $1 UID FETCH 56 (UID FLAGS)
        S: $1 OK done
        C: $1 LOGOUT
        S: * BYE
        S: $1 OK done",
    )
    .await;
    mailbox.delete(&ids(&[55, 56])).unwrap();
    mailbox.undelete(&ids(&[55])).unwrap();
    mailbox.delete(&ids(&[56])).unwrap();
    mailbox.move_to(&ids(&[56]), &folder("Archive")).await.unwrap();
    let report = mailbox.close().await.unwrap();
    assert_eq!(report.gone(), ids(&[56]), "{}", outcomes(&report));
    assert_eq!(outcomes(&mailbox.close().await.unwrap()), outcomes(&report));
}

#[tokio::test(start_paused = true)]
async fn copies_of_which_one_line_cannot_be_read_are_done_without_names() {
    for (first, second, expected) in [
        ("7 55:56 1:2", "7 57 x", "done, done, done"),
        ("7 56:55 1:2", "7 57 3", "done, done, done"),
        ("7 55:56 2:3", "7 57 1", "done, done, done"),
        ("7 55:57 1:3", "7 55:57 1:3", "done as 1, done as 2, done as 3"),
        ("7 55:56 1:2", "7 57 3", "done as 1, done as 2, done as 3"),
    ] {
        let script = format!(
            "C: $1 UID FETCH 55:57 UID
            C: $2 UID MOVE 55:57 Archive
            S: * 1 FETCH (UID 55)
            S: * 2 FETCH (UID 56)
            S: * 3 FETCH (UID 57)
            S: $1 OK done
            S: * OK [COPYUID {first}] moved
            S: * OK [COPYUID {second}] moved
            S: $2 OK done"
        );
        let mut mailbox = imap("MOVE UIDPLUS", &script).await;
        let report = mailbox.move_to(&ids(&[55, 56, 57]), &folder("Archive")).await.unwrap();
        let told = outcomes(&report).replace("imap1:7:", "").replace(":Archive", "");
        let told: Vec<_> = told.split(", ").map(|one| &one["imap1:14:55:INBOX ".len()..]).collect();
        assert_eq!(told.join(", "), expected, "{first} {second}");
    }
}

/// A search found 4,294,967,295 messages, and all are marked: that takes no more work than three.
#[tokio::test(start_paused = true)]
async fn marks_of_messages_that_are_not_there_cost_nothing() {
    let mut mailbox = imap(
        "UIDPLUS ESEARCH",
        r#"C: $1 UID SEARCH RETURN (ALL) UNSEEN
        S: * ESEARCH (TAG "$1") UID ALL 1:4294967295
        S: $1 OK done
        C: $1 UID FETCH 1:4294967295 (UID FLAGS)
        S: * 1 FETCH (UID 55 FLAGS ())
        S: * 2 FETCH (UID 56 FLAGS ())
        S: * 3 FETCH (UID 57 FLAGS ())
        S: $1 OK done
        C: $1 FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: $1 OK done"#,
    )
    .await;
    let found = mailbox.search(&Query::Unseen).await.unwrap().ids;
    mailbox.delete(&found).unwrap();
    let request = List::newest(1);
    let rows = mailbox.list(&request).await.unwrap().collect(10).await.unwrap();
    assert!(rows.is_empty(), "{rows:?}");
}

/// A failure between two calls of `close` changes nothing: what is left is done by the next one.
#[tokio::test(start_paused = true)]
async fn close_can_be_called_until_it_is_done() {
    let mut mailbox = imap(
        "UIDPLUS",
        r"C: $1 UID FETCH 55:56 (UID FLAGS)
        S: * 1 FETCH (UID 55 FLAGS ())
        S: * 2 FETCH (UID 56 FLAGS ())
        S: $1 OK done
        C: $1 UID STORE 55:56 +FLAGS (\Deleted)
        S: * 1 FETCH (UID 55 FLAGS (\Deleted))
        S: $1 NO locked
        C: $1 UID EXPUNGE 55
        S: * 1 EXPUNGE
        S: $1 OK done
        C: $1 UID STORE 56 -FLAGS (\Deleted)
        S: $1 NO locked
        C: $1 UID FETCH 56 (UID FLAGS)
        S: * 1 FETCH (UID 56 FLAGS (\Deleted))
        S: $1 OK done
        C: $1 UID STORE 56 +FLAGS (\Deleted)
        S: $1 OK done
        C: $1 UID EXPUNGE 56
        S: * 1 EXPUNGE
        S: $1 OK done
        C: $1 LOGOUT
        S: * BYE
        S: $1 OK done",
    )
    .await;
    mailbox.delete(&ids(&[55, 56])).unwrap();
    let report = partial(mailbox.close().await);
    assert_eq!(outcomes(&report), "imap1:14:56:INBOX refused, imap1:14:55:INBOX done");
    for _ in 0..2 {
        let report = mailbox.close().await.unwrap();
        assert_eq!(outcomes(&report), "imap1:14:56:INBOX done");
    }
}

/// STORE has left and is not answered: `\Deleted` may be set, so the deletion is not "not sent".
#[tokio::test(start_paused = true)]
async fn a_deletion_that_is_cut_in_its_store_may_have_begun() {
    let mut mailbox = imap(
        "UIDPLUS",
        r"C: $1 UID FETCH 56 (UID FLAGS)
        S: * 2 FETCH (UID 56 FLAGS ())
        S: $1 OK done
        C: $1 UID STORE 56 +FLAGS (\Deleted)
        ! eof",
    )
    .await;
    mailbox.delete(&ids(&[56])).unwrap();
    let report = partial(mailbox.expunge().await);
    assert_eq!(outcomes(&report), "imap1:14:56:INBOX unknown");
    assert!(report.to_repeat().is_empty() && report.unknown() == ids(&[56]), "{report}");
}

/// Every deletion is done, and yet the caller has no folder any more.
#[tokio::test(start_paused = true)]
async fn an_expunge_that_loses_the_open_folder_says_so() {
    let mut mailbox = imap(
        "UIDPLUS",
        r"C: $1 SELECT Other
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY 9] valid
        S: $1 OK [READ-WRITE] done
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        C: $1 SELECT Other
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY 9] valid
        S: $1 OK [READ-WRITE] done
        C: $1 UID FETCH 7 (UID FLAGS)
        S: * 1 FETCH (UID 7 FLAGS ())
        S: $1 OK done
        C: $1 UID STORE 7 +FLAGS (\Deleted)
        S: * 1 FETCH (UID 7 FLAGS (\Deleted))
        S: $1 OK done
        C: $1 UID EXPUNGE 7
        S: * 1 EXPUNGE
        S: $1 OK done
        C: $1 SELECT INBOX
        S: $1 NO gone meanwhile",
    )
    .await;
    let marked: MessageId = "imap1:9:7:Other".parse().unwrap();
    mailbox.open(&folder("Other"), Access::ReadWrite).await.unwrap();
    mailbox.delete(&marked.into()).unwrap();
    mailbox.open(&folder("INBOX"), Access::ReadWrite).await.unwrap();
    let report = partial(mailbox.expunge().await);
    assert_eq!(outcomes(&report), "imap1:9:7:Other done");
    assert!(matches!(report.cause(), Some(Error::Refused(_))), "{report:?}");
    assert!(mailbox.selected().is_none());
}

/// A move of 4,294,967,295 messages without MOVE takes no more work than that of three.
#[tokio::test(start_paused = true)]
async fn a_move_of_messages_that_are_not_there_costs_nothing() {
    for (store, expunge, copied) in [
        ("OK done", "C: $1 UID EXPUNGE 55\nS: $1 OK done", 0),
        ("NO locked", "C: $1 UID STORE 55 -FLAGS (\\Deleted)\nS: $1 OK done", 1),
    ] {
        let script = format!(
            r#"C: $1 UID SEARCH RETURN (ALL) UNSEEN
            S: * ESEARCH (TAG "$1") UID ALL 1:4294967295
            S: $1 OK done
            C: $1 UID FETCH 1:4294967295 UID
            C: $2 UID COPY 1:4294967295 Archive
            S: * 1 FETCH (UID 55)
            S: $1 OK done
            S: $2 OK [COPYUID 7 1:4294967295 1:4294967295] done
            C: $1 UID FETCH 1:4294967295 (UID FLAGS)
            S: * 1 FETCH (UID 55 FLAGS ())
            S: $1 OK done
            C: $1 UID STORE 55 +FLAGS (\Deleted)
            S: $1 {store}
            {expunge}"#
        );
        let mut mailbox = imap("UIDPLUS ESEARCH", &script).await;
        let found = mailbox.search(&Query::Unseen).await.unwrap().ids;
        let moved = mailbox.move_to(&found, &folder("Archive")).await;
        let report = if copied == 0 { moved.unwrap() } else { partial(moved) };
        assert_eq!(report.len(), u64::from(u32::MAX));
        assert_eq!(report.len() - report.done().len(), copied, "{report}");
        assert!(report.done().contains(&id(55)) == (copied == 0));
    }
}
