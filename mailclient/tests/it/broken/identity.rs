//! What a server says in the middle of a call: another UIDVALIDITY, other numbers, its last words.

use std::time::Duration;

use mailclient::{
    Access, Change, Error, FlagChange, Flags, IdSet, List, Mailbox, Part, Query, SortBy, SortKey,
    ThreadBy,
};
use tokio::time::timeout;

use crate::{
    broken::{ids, imap, outcomes, partial},
    support::folder,
};

/// The bodies that come until an error ends them.
async fn bodies(mailbox: &mut dyn Mailbox, ids: &IdSet) -> (Vec<String>, Option<Error>) {
    let mut came = Vec::new();
    let mut bodies = mailbox.fetch_many(ids, &Part::Whole).await.unwrap();
    while let Some(next) = bodies.next().await {
        match next {
            Ok((id, Ok(body))) => match body.collect(1 << 20).await {
                Ok(bytes) => came.push(format!("{id} {}", String::from_utf8_lossy(&bytes))),
                Err(error) => came.push(format!("{id} fails: {error}")),
            },
            Ok((id, Err(error))) => came.push(format!("{id} fails: {error}")),
            Err(error) => return (came, Some(error)),
        }
    }
    (came, None)
}

#[tokio::test(start_paused = true)]
async fn no_body_comes_under_an_id_of_the_old_uidvalidity() {
    let mut mailbox = imap(
        "",
        "C: $1 UID FETCH 56:57 (UID RFC822.SIZE)
        C: $2 UID FETCH 56 (UID BODY.PEEK[])
        S: * 2 FETCH (UID 56 RFC822.SIZE 3)
        S: * 3 FETCH (UID 57 RFC822.SIZE 5)
        S: $1 OK done
        S: * 2 FETCH (UID 56 BODY[] {3}
        S: one)
        S: $2 OK done
        S: * OK [UIDVALIDITY 15] restored from a backup
        C: $3 UID FETCH 57 (UID BODY.PEEK[])
        S: * 3 FETCH (UID 57 BODY[] {5}
        S: other)
        S: $3 OK done",
    )
    .await;
    let (came, error) = bodies(&mut *mailbox, &ids(&[56, 57])).await;
    assert!(!came.iter().any(|body| body.contains("other")), "{came:?} {error:?}");
    assert!(mailbox.selected().is_none());
}

#[tokio::test(start_paused = true)]
async fn no_row_comes_under_an_id_of_the_old_uidvalidity() {
    let mut mailbox = imap(
        "",
        "C: $1 FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: * 1 FETCH (UID 55 FLAGS () INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 3)
        S: * OK [UIDVALIDITY 15] restored from a backup
        S: * 2 FETCH (UID 56 FLAGS () INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 3)
        S: $1 OK done",
    )
    .await;
    let mut rows = Vec::new();
    let request = List::all();
    let mut listing = mailbox.list(&request).await.unwrap();
    let error = loop {
        match listing.next().await {
            Some(Ok(row)) => rows.push(row.id.to_string()),
            other => break other,
        }
    };
    drop(listing);
    assert!(!rows.contains(&"imap1:14:56:INBOX".to_owned()), "{rows:?} {error:?}");
    assert!(matches!(error, Some(Err(_))), "{error:?}");
}

/// The numbers of a set that make no ranges, so that it takes two commands.
fn sparse() -> Vec<u32> {
    (0..1000).map(|n| 10_001 + 2 * n).collect()
}

fn text(set: &[u32]) -> String {
    set.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

#[tokio::test(start_paused = true)]
async fn no_flag_is_stored_after_the_uidvalidity_changed() {
    let uids = sparse();
    let (one, two) = uids.split_at(666);
    let rows: String = one.iter().map(|uid| format!("S: * 1 FETCH (UID {uid})\n")).collect();
    let script = format!(
        "C: $1 UID FETCH {one} UID
        C: $2 UID STORE {one} +FLAGS (\\Seen)
        {rows}
        S: $1 OK done
        S: * OK [UIDVALIDITY 15] restored from a backup
        S: $2 OK done
        C: $3 UID FETCH {two} UID
        C: $4 UID STORE {two} +FLAGS (\\Seen)
        S: $3 OK done
        S: $4 OK done",
        one = text(one),
        two = text(two),
    );
    let mut mailbox = imap("", &script).await;
    let stored = mailbox.set_flags(&ids(&uids), FlagChange::Add, &Flags::new().with_seen()).await;
    let report = partial(stored);
    assert_eq!(report.to_repeat().len(), 334, "{report}");
}

#[tokio::test(start_paused = true)]
async fn no_message_is_deleted_after_the_uidvalidity_changed() {
    let mut mailbox = imap(
        "UIDPLUS",
        r"C: $1 UID FETCH 56 (UID FLAGS)
        S: * 2 FETCH (UID 56 FLAGS ())
        S: * OK [UIDVALIDITY 15] restored from a backup
        S: $1 OK done
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 15] valid
        S: $1 OK [READ-WRITE] done",
    )
    .await;
    mailbox.delete(&ids(&[56])).unwrap();
    let report = partial(mailbox.expunge().await);
    assert_eq!(outcomes(&report), "imap1:14:56:INBOX notsent");
    let flags = Flags::new().with_seen();
    let stored = mailbox.set_flags(&ids(&[56]), FlagChange::Add, &flags).await;
    assert!(matches!(stored, Err(Error::StaleId(_))), "{stored:?}");
}

#[tokio::test(start_paused = true)]
async fn a_uidvalidity_that_changes_after_another_contradiction_counts_too() {
    let mut mailbox = imap(
        "",
        "C: $1 NOOP
        S: * 2 EXISTS
        S: $1 OK done
        C: $1 NOOP
        S: * OK [UIDVALIDITY 15] restored from a backup
        S: $1 OK done",
    )
    .await;
    mailbox.status().await.unwrap();
    let _ = mailbox.status().await;
    assert!(mailbox.selected().is_none(), "{:?}", mailbox.selected());
}

/// UIDs are another's as soon as the folder is selected again (RFC 4315 section 4).
#[tokio::test(start_paused = true)]
async fn ids_of_a_folder_whose_uids_do_not_stick_end_with_its_selection() {
    let select = |name: &str, validity: u32| {
        format!(
            "C: $1 SELECT {name}
            S: * 3 EXISTS
            S: * OK [UIDVALIDITY {validity}] valid
            S: * NO [UIDNOTSTICKY] not kept
            S: $1 OK [READ-WRITE] done\n"
        )
    };
    let script = format!(
        "{}C: $1 UID SEARCH UNSEEN
        S: * SEARCH 7
        S: $1 OK done
        {}{}C: $1 NOOP
        S: $1 OK done",
        select("Own", 1),
        select("Other", 2),
        select("Own", 3)
    );
    let mut mailbox = imap("", &script).await;
    mailbox.open(&folder("Own"), Access::ReadWrite).await.unwrap();
    let found = mailbox.search(&Query::Unseen).await.unwrap().ids;
    mailbox.open(&folder("Other"), Access::ReadWrite).await.unwrap();
    mailbox.open(&folder("Own"), Access::ReadWrite).await.unwrap();
    let seen = Flags::new().with_seen();
    let stored = mailbox.set_flags(&found, FlagChange::Add, &seen);
    let stored = timeout(Duration::from_secs(1), stored).await;
    assert!(matches!(stored, Ok(Err(Error::StaleId(_)))), "{stored:?}");
}

#[tokio::test(start_paused = true)]
async fn rows_of_a_listing_are_not_lost_when_numbers_move() {
    let date = "INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 3";
    let script = format!(
        "C: $1 UID FETCH 10,20,30 (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: * 1 FETCH (UID 10 FLAGS () {date})
        S: * 1 EXPUNGE
        S: * 2 FETCH (UID 30 FLAGS () {date})
        S: * 1 FETCH (UID 20 FLAGS () {date})
        S: $1 OK done"
    );
    let mut mailbox = imap("", &script).await;
    let request = List::ids(ids(&[10, 20, 30]));
    let rows = mailbox.list(&request).await.unwrap().collect(10).await.unwrap();
    let mut uids: Vec<_> = rows.iter().map(|row| row.id.to_string()).collect();
    uids.sort();
    assert_eq!(uids, ["imap1:14:10:INBOX", "imap1:14:20:INBOX", "imap1:14:30:INBOX"]);
}

#[tokio::test(start_paused = true)]
async fn last_words_in_the_middle_of_a_listing_come_after_its_rows() {
    let row = "FLAGS () INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 3";
    for end in ["! eof", "! stall", "S: $1 NO not any more\n! eof"] {
        let script = format!(
            "C: $1 FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)
            S: * 1 FETCH (UID 55 {row})
            S: * BYE shutting down
            S: * 2 FETCH (UID 56 {row})
            {end}"
        );
        let mut mailbox = imap("", &script).await;
        let request = List::all();
        let mut listing = mailbox.list(&request).await.unwrap();
        let (mut rows, mut error) = (0, None);
        while let Some(row) = listing.next().await {
            match row {
                Ok(_) => rows += 1,
                Err(failed) => error = Some(failed),
            }
        }
        drop(listing);
        let error = error.unwrap();
        assert_eq!(rows, 2, "{end}: {error}");
        let error = if matches!(error, Error::Refused(_)) {
            mailbox.status().await.unwrap_err()
        } else {
            error
        };
        assert!(error.to_string().contains("shutting down"), "{end}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_another_tag_ends_the_session() {
    let mut mailbox = imap("", "C: $1 NOOP\nS: x9 OK done\nS: $1 OK done").await;
    let error = mailbox.status().await.unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error}");
    let error = mailbox.status().await.unwrap_err();
    assert!(error.needs_reconnect(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_found_under_the_old_uidvalidity() {
    let capabilities = "SORT THREAD=REFS";
    for (command, answer) in [
        ("UID SEARCH UNSEEN", "SEARCH 56"),
        ("UID SORT (DATE) US-ASCII UNSEEN", "SORT 56"),
        ("UID THREAD REFS US-ASCII UNSEEN", "THREAD (56)"),
    ] {
        let script = format!(
            "C: $1 {command}\nS: * OK [UIDVALIDITY 15] restored\nS: * {answer}\nS: $1 OK done"
        );
        let mut mailbox = imap(capabilities, &script).await;
        let by = [SortBy::ascending(SortKey::Date)];
        let found = match command.split(' ').nth(1) {
            Some("SEARCH") => mailbox.search(&Query::Unseen).await.map(drop),
            Some("SORT") => mailbox.sort(&Query::Unseen, &by).await.map(drop),
            _ => mailbox.thread(&Query::Unseen, ThreadBy::Refs).await.map(drop),
        };
        assert!(matches!(found, Err(Error::NoFolder)), "{command}: {found:?}");
    }
}

/// The code of a tagged answer counts as that of an untagged one.
#[tokio::test(start_paused = true)]
async fn a_uidvalidity_in_a_tagged_answer_counts_too() {
    let mut mailbox = imap("", "C: $1 NOOP\nS: $1 OK [UIDVALIDITY 15] restored").await;
    let _ = mailbox.status().await;
    assert!(mailbox.selected().is_none());
    assert_eq!(mailbox.next_change().await.unwrap(), Change::Reset);
}

#[tokio::test(start_paused = true)]
async fn the_count_of_another_folder_is_no_answer_to_status() {
    for (lines, messages) in [
        ("S: * STATUS A (MESSAGES 5)\nS: * STATUS B (MESSAGES 7)", Some(5)),
        ("S: * STATUS B (MESSAGES 7)\nS: * STATUS A (MESSAGES 5)", Some(5)),
        ("S: * STATUS B (MESSAGES 7)", None),
    ] {
        let script =
            format!("C: $1 STATUS A (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)\n{lines}\nS: $1 OK done");
        let mut mailbox = imap("", &script).await;
        let status = mailbox.status_of(&folder("A")).await;
        assert_eq!(status.as_ref().ok().map(|status| status.messages), messages, "{status:?}");
    }
}

/// EXISTS is required (RFC 9051 section 6.3.2). A folder without it is not an empty one.
#[tokio::test(start_paused = true)]
async fn a_folder_whose_count_is_not_told_is_not_open() {
    for (access, command) in [(Access::ReadWrite, "SELECT"), (Access::ReadOnly, "EXAMINE")] {
        let script = format!("C: $1 {command} A\nS: * OK [UIDVALIDITY 14] valid\nS: $1 OK done");
        let mut mailbox = imap("", &script).await;
        let opened = mailbox.open(&folder("A"), access).await;
        assert!(matches!(opened, Err(Error::Damaged(_))), "{opened:?}");
        assert!(mailbox.selected().is_none());
    }
}
