//! What changed since a state: the three ways to ask for it, and servers that do not tell all.

use mail_harness::memory::allocated_by;
use mailclient::{
    Change, Changes, Credentials, Error, Feature, Flags, Limits, Mailbox, Protocol, SyncState,
};

use crate::support::{account, log_in};

/// A mailbox whose server opens INBOX with these lines, and then plays the rest.
async fn opened(capabilities: &str, folder: &str, then: &str) -> Box<dyn Mailbox> {
    opened_with(Limits::default(), capabilities, folder, then).await
}

async fn opened_with(
    limits: Limits,
    capabilities: &str,
    folder: &str,
    then: &str,
) -> Box<dyn Mailbox> {
    let whole = format!(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] ready
        C: $1 SELECT INBOX
        {folder}
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    let mut account = account(Protocol::Imap);
    (account.preauth, account.limits) = (true, limits);
    log_in(&whole, &account, &Credentials::password("unused")).await.unwrap()
}

/// The lines of SELECT.
fn folder(messages: u32, uid_next: u32, mod_seq: &str) -> String {
    format!(
        "S: * {messages} EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: * OK [UIDNEXT {uid_next}] next
        {mod_seq}"
    )
}

const HIGHEST_9: &str = "S: * OK [HIGHESTMODSEQ 9] highest";

fn names(flags: &Flags) -> String {
    let names = [
        (flags.seen, " seen"),
        (flags.answered, " answered"),
        (flags.flagged, " flagged"),
        (flags.deleted, " deleted"),
    ];
    names.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect()
}

/// The rows in words; ids by their UID.
async fn told(mut changes: Changes<'_>) -> Vec<String> {
    let mut rows = Vec::new();
    while let Some(row) = changes.next().await {
        let uid = |id: &Option<mailclient::MessageId>| {
            let id = id.as_ref().map_or_else(|| "imap1:14:?".into(), ToString::to_string);
            id.strip_prefix("imap1:14:").unwrap().trim_end_matches(":INBOX").to_owned()
        };
        rows.push(match row {
            Ok(Change::New { id, flags, .. }) => {
                format!(
                    "new {}{}",
                    uid(&id),
                    flags.map_or_else(|| " ?".into(), |flags| names(&flags))
                )
            }
            Ok(Change::Removed { id, .. }) => format!("removed {}", uid(&id)),
            Ok(Change::Flags { id, flags, .. }) => format!("flags {}{}", uid(&id), names(&flags)),
            Ok(Change::State(state)) => state.to_string(),
            Ok(other) => format!("{other:?}"),
            Err(Error::Damaged(damage)) => format!("damaged {}", uid(&damage.id)),
            Err(error) => format!("error: {error}"),
        });
    }
    rows
}

fn state(text: &str) -> SyncState {
    text.parse().unwrap()
}

/// What the server tells, and whether it is exact.
async fn since(mailbox: &mut dyn Mailbox, text: &str) -> (Vec<String>, bool) {
    let state = state(text);
    let changes = mailbox.changes_since(&state).await.unwrap();
    let is_exact = changes.exact();
    (told(changes).await, is_exact)
}

#[tokio::test(start_paused = true)]
async fn condstore_tells_what_changed_in_one_write() {
    let mut mailbox = opened(
        "CONDSTORE",
        &folder(4, 5, HIGHEST_9),
        r"C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        S: $1 OK nothing
        S: * 2 FETCH (UID 2 FLAGS (\Seen) MODSEQ (7))
        S: * 4 FETCH (UID 4 FLAGS (\Flagged) MODSEQ (12))
        S: $2 OK done
        C: $3 NOOP
        C: $4 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 9)
        S: $3 OK nothing
        S: * 4 FETCH (UID 4 FLAGS (\Flagged) MODSEQ (12))
        S: $4 OK done",
    )
    .await;
    assert!(mailbox.features().contains(Feature::Sync));
    let (rows, is_exact) = since(&mut *mailbox, "sync1:14:4:5:1-3:INBOX").await;
    let first = "sync1:14:5:9:1-4:INBOX";
    assert_eq!(rows, ["flags 2 seen", "new 4 flagged", first]);
    assert!(is_exact);
    // 12 was named while the changes were told: another one below it may have come in the
    // meantime. Now every one up to it was told.
    let (rows, _) = since(&mut *mailbox, first).await;
    assert_eq!(rows, ["flags 4 flagged", "sync1:14:5:12:1-4:INBOX"]);
}

#[tokio::test(start_paused = true)]
async fn without_qresync_a_search_tells_what_vanished() {
    // There are too few messages: the search goes out with the rest.
    let mut mailbox = opened(
        "CONDSTORE ESEARCH",
        &folder(3, 6, HIGHEST_9),
        "C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        C: $3 UID SEARCH RETURN (ALL) ALL
        S: $1 OK nothing
        S: * 3 FETCH (UID 5 FLAGS () MODSEQ (7))
        S: $2 OK done
        S: * ESEARCH (TAG $3) UID ALL 1,4:5
        S: $3 OK done",
    )
    .await;
    let (rows, is_exact) = since(&mut *mailbox, "sync1:14:5:5:1-4:INBOX").await;
    assert_eq!(rows, ["new 5", "removed 2", "removed 3", "sync1:14:6:9:1,4-5:INBOX"]);
    assert!(is_exact);
}

#[tokio::test(start_paused = true)]
async fn qresync_is_switched_on_when_something_vanished() {
    let again = folder(3, 6, HIGHEST_9);
    let mut mailbox = opened(
        "CONDSTORE QRESYNC ENABLE UNSELECT",
        &folder(3, 6, HIGHEST_9),
        &format!(
            r"C: $1 UNSELECT
        C: $2 ENABLE QRESYNC
        S: $1 OK closed
        S: * ENABLED QRESYNC
        S: $2 OK enabled
        C: $3 SELECT INBOX
        {again}
        S: $3 OK [READ-WRITE] done
        C: $4 NOOP
        C: $5 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5 VANISHED)
        S: $4 OK nothing
        S: * VANISHED (EARLIER) 2:3,77:4294967295
        S: * 3 FETCH (UID 5 FLAGS () MODSEQ (7))
        S: $5 OK done
        C: $6 NOOP
        C: $7 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 9 VANISHED)
        S: * VANISHED 4
        S: $6 OK nothing
        S: $7 OK done"
        ),
    )
    .await;
    let (rows, is_exact) = since(&mut *mailbox, "sync1:14:5:5:1-4:INBOX").await;
    let first = "sync1:14:6:9:1,4-5:INBOX";
    assert_eq!(rows, ["removed 2", "removed 3", "new 5", first]);
    assert!(is_exact);
    // Later in the session one round trip is enough, and VANISHED names the message, of which no
    // row had named the number.
    let (rows, _) = since(&mut *mailbox, first).await;
    assert_eq!(rows, ["removed 4", "sync1:14:6:9:1,5:INBOX"]);
    let id = Some("imap1:14:4:INBOX".parse().unwrap());
    assert_eq!(mailbox.next_change().await.unwrap(), Change::removed(id));
}

/// iCloud answers ENABLE with OK and without ENABLED (jstedfast/MailKit#1871).
#[tokio::test(start_paused = true)]
async fn a_server_that_enables_nothing_is_asked_with_condstore() {
    let again = folder(1, 3, HIGHEST_9);
    let mut mailbox = opened(
        "CONDSTORE QRESYNC ENABLE UNSELECT",
        &folder(1, 3, HIGHEST_9),
        &format!(
            r"C: $1 UNSELECT
        C: $2 ENABLE QRESYNC
        S: $1 OK closed
        S: $2 OK enabled
        C: $3 SELECT INBOX
        {again}
        S: $3 OK [READ-WRITE] done
        C: $4 NOOP
        C: $5 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        C: $6 UID SEARCH ALL
        S: $4 OK nothing
        S: $5 OK done
        S: * SEARCH 2
        S: $6 OK done"
        ),
    )
    .await;
    let (rows, _) = since(&mut *mailbox, "sync1:14:3:5:1-2:INBOX").await;
    assert_eq!(rows, ["removed 1", "sync1:14:3:9:2:INBOX"]);
}

#[tokio::test(start_paused = true)]
async fn without_condstore_the_flags_of_all_messages_are_told() {
    let mut mailbox = opened(
        "UIDPLUS",
        &folder(3, 6, ""),
        r"C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS)
        S: $1 OK nothing
        S: * 1 FETCH (UID 1 FLAGS (\Seen))
        S: * 2 FETCH (FLAGS () UID 4)
        S: * 3 FETCH (UID 5 FLAGS ())
        S: $2 OK done",
    )
    .await;
    let (rows, is_exact) = since(&mut *mailbox, "sync1:14:5:0:1-4:INBOX").await;
    let state = "sync1:14:6:0:1,4-5:INBOX";
    assert_eq!(rows, ["flags 1 seen", "flags 4", "new 5", "removed 2", "removed 3", state]);
    assert!(!is_exact);
}

#[tokio::test(start_paused = true)]
async fn to_a_first_state_every_message_is_new() {
    for (capabilities, mod_seq, last) in [
        ("UIDPLUS", "", "sync1:14:8:0:5,7:INBOX"),
        ("CONDSTORE", HIGHEST_9, "sync1:14:8:9:5,7:INBOX"),
    ] {
        let mut mailbox = opened(
            capabilities,
            &folder(2, 8, mod_seq),
            r"C: $1 NOOP
            C: $2 UID FETCH 1:* (UID FLAGS)
            S: $1 OK nothing
            S: * 1 FETCH (UID 5 FLAGS (\Seen))
            S: * 2 FETCH (UID 7 FLAGS ())
            S: $2 OK done",
        )
        .await;
        let state = SyncState::new(mailbox.selected().unwrap()).unwrap();
        let changes = mailbox.changes_since(&state).await.unwrap();
        assert!(changes.exact());
        assert_eq!(told(changes).await, ["new 5 seen", "new 7", last]);
    }
}

/// HIGHESTMODSEQ went backwards, or is gone (NOMODSEQ, 0): the server cannot say what changed.
#[tokio::test(start_paused = true)]
async fn a_modification_sequence_that_is_no_good_is_not_used() {
    for (mod_seq, last) in [
        ("S: * OK [HIGHESTMODSEQ 4] highest", "sync1:14:2:4:1:INBOX"),
        ("S: * OK [NOMODSEQ] none", "sync1:14:2:0:1:INBOX"),
        ("S: * OK [HIGHESTMODSEQ 0] none", "sync1:14:2:0:1:INBOX"),
        ("S: * OK [HIGHESTMODSEQ x] none", "sync1:14:2:0:1:INBOX"),
        ("", "sync1:14:2:0:1:INBOX"),
    ] {
        let mut mailbox = opened(
            "CONDSTORE",
            &folder(1, 2, mod_seq),
            "C: $1 NOOP
            C: $2 UID FETCH 1:* (UID FLAGS)
            S: $1 OK nothing
            S: * 1 FETCH (UID 1 FLAGS () MODSEQ (0))
            S: $2 OK done",
        )
        .await;
        let (rows, is_exact) = since(&mut *mailbox, "sync1:14:2:5:1:INBOX").await;
        assert_eq!(rows, ["flags 1", last], "{mod_seq}");
        assert!(!is_exact, "{mod_seq}");
    }
}

/// The count of messages shows that something vanished, whatever the server forgot.
#[tokio::test(start_paused = true)]
async fn what_vanished_untold_is_searched_for() {
    // 3 vanished, 4 and 5 are new: at first nothing is suspicious. 2 is removed in the middle.
    let mut mailbox = opened(
        "CONDSTORE",
        &folder(4, 6, HIGHEST_9),
        "C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        S: * 5 EXISTS
        S: $1 OK nothing
        S: * 3 FETCH (UID 4 FLAGS () MODSEQ (7))
        S: * 2 EXPUNGE
        S: * 3 FETCH (UID 5 FLAGS () MODSEQ (7))
        S: $2 OK done
        C: $3 UID SEARCH ALL
        S: * SEARCH 1 4
        S: * SEARCH 5 9
        S: $3 OK done",
    )
    .await;
    let (rows, _) = since(&mut *mailbox, "sync1:14:4:5:1-3:INBOX").await;
    // 9 has come after the flags were told.
    let last = "sync1:14:10:9:1,4-5,9:INBOX";
    assert_eq!(rows, ["new 4", "new 5", "removed 2", "removed 3", "new 9 ?", last]);
}

#[tokio::test(start_paused = true)]
async fn a_search_that_contradicts_the_count_removes_nothing() {
    for found in ["", " 1"] {
        let mut mailbox = opened(
            "CONDSTORE",
            &folder(2, 4, HIGHEST_9),
            &format!(
                "C: $1 NOOP
                C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
                C: $3 UID SEARCH ALL
                S: $1 OK nothing
                S: $2 OK done
                S: * SEARCH{found}
                S: $3 OK done
                C: $4 NOOP
                S: $4 OK nothing"
            ),
        )
        .await;
        let (rows, _) = since(&mut *mailbox, "sync1:14:4:5:1-3:INBOX").await;
        assert_eq!(rows, ["Resync"], "{found}");
        assert_eq!(mailbox.status().await.unwrap().messages, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_be_read_is_told() {
    let mut mailbox = opened(
        "UIDPLUS",
        &folder(2, 3, ""),
        "C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS)
        S: $1 OK nothing
        S: * 1 FETCH (UID 1 FLAGS 7)
        S: * 2 FETCH (UID 2 FLAGS ())
        S: $2 OK done
        C: $3 UID SEARCH ALL
        S: * SEARCH 1 2
        S: $3 OK done",
    )
    .await;
    let (rows, _) = since(&mut *mailbox, "sync1:14:3:0:1-2:INBOX").await;
    assert_eq!(rows, ["damaged 1", "flags 2", "sync1:14:3:0:1-2:INBOX"]);
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_search_that_cannot_be_read_removes_nothing() {
    let mut mailbox = opened(
        "CONDSTORE",
        &folder(1, 4, HIGHEST_9),
        "C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        C: $3 UID SEARCH ALL
        S: $1 OK nothing
        S: $2 OK done
        S: * SEARCH 1 99999999999
        S: $3 OK done",
    )
    .await;
    let (rows, _) = since(&mut *mailbox, "sync1:14:4:5:1-3:INBOX").await;
    assert_eq!(rows, ["damaged ?"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_moves_no_state() {
    let mut mailbox = opened(
        "CONDSTORE",
        &folder(1, 2, HIGHEST_9),
        "C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        S: $1 OK nothing
        S: * 1 FETCH (UID 1 FLAGS () MODSEQ (7))
        S: $2 NO [INUSE] busy",
    )
    .await;
    let (rows, _) = since(&mut *mailbox, "sync1:14:2:5:1:INBOX").await;
    assert_eq!(rows.len(), 2);
    assert!(rows[0] == "flags 1" && rows[1].starts_with("error: "), "{rows:?}");
}

#[tokio::test(start_paused = true)]
async fn another_uid_validity_is_one_reset() {
    let mut mailbox = opened("CONDSTORE", &folder(1, 2, HIGHEST_9), "").await;
    let (rows, _) = since(&mut *mailbox, "sync1:13:2:5:1:INBOX").await;
    assert_eq!(rows, ["Reset"]);
    // A UIDVALIDITY that changes in the middle.
    let mut mailbox = opened(
        "CONDSTORE",
        &folder(1, 2, HIGHEST_9),
        "C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        S: * OK [UIDVALIDITY 15] new",
    )
    .await;
    let state = state("sync1:14:2:5:1:INBOX");
    let changes = mailbox.changes_since(&state).await.unwrap();
    assert_eq!(told(changes).await, [format!("error: {}", Error::NoFolder)]);
    assert_eq!(mailbox.next_change().await.unwrap(), Change::Reset);
}

#[tokio::test(start_paused = true)]
async fn without_uid_validity_nothing_can_be_synchronised() {
    let mut mailbox = opened("CONDSTORE", "S: * 1 EXISTS", "").await;
    assert!(!mailbox.features().contains(Feature::Sync));
    let answer = SyncState::new(mailbox.selected().unwrap());
    assert!(matches!(answer, Err(Error::Unsupported(Feature::Sync))), "{answer:?}");
    let state = state("sync1:14:2:5:1:INBOX");
    let answer = mailbox.changes_since(&state).await.unwrap_err();
    assert!(matches!(answer, Error::Unsupported(Feature::Sync)), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_state_of_another_folder_is_misuse() {
    let mut mailbox = opened("CONDSTORE", &folder(1, 2, HIGHEST_9), "").await;
    let state = state("sync1:14:2:5:1:Archive");
    let answer = mailbox.changes_since(&state).await.unwrap_err();
    assert!(matches!(answer, Error::Misuse(_)), "{answer}");
}

/// One line that names every UID there can be, and one of 15 MiB that names the same ones again and
/// again: the work is that of the ranges, and known messages are told one by one.
#[tokio::test(start_paused = true)]
async fn huge_sets_are_little_work_and_memory() {
    let ranges = ",1:1024".repeat((15 << 20) / 7);
    let mut mailbox = opened(
        "CONDSTORE",
        &folder(0, 900_001, HIGHEST_9),
        &format!(
            "C: $1 NOOP
            C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
            C: $3 UID SEARCH ALL
            S: $1 OK nothing
            S: * VANISHED (EARLIER) 1:2{ranges}
            S: * VANISHED (EARLIER) 1:4294967295
            S: $2 OK done
            S: * SEARCH
            S: $3 OK done"
        ),
    )
    .await;
    let state = state("sync1:14:900001:5:1-900000:INBOX");
    let count = async {
        let mut changes = mailbox.changes_since(&state).await.unwrap();
        let (mut removed, mut last) = (0, None);
        while let Some(row) = changes.next().await {
            match row.unwrap() {
                Change::Removed { .. } => removed += 1,
                other => last = Some(other),
            }
        }
        (removed, last)
    };
    let ((removed, last), allocated) = allocated_by(count).await;
    assert_eq!(removed, 900_000);
    assert_eq!(last, Some(Change::State("sync1:14:900001:9::INBOX".parse().unwrap())));
    // The line, in a buffer that had to grow; known and removed messages stay ranges.
    assert!(allocated.peak < 32 << 20, "{} bytes at the same time", allocated.peak);
}

#[tokio::test(start_paused = true)]
async fn the_known_messages_are_bounded() {
    let rows: String =
        (1..=100).map(|n| format!("S: * {n} FETCH (UID {} FLAGS ())\n", 2 * n)).collect();
    let mut limits = Limits::default();
    limits.search = 64 * 16;
    let mut mailbox = opened_with(
        limits,
        "UIDPLUS",
        &folder(100, 201, ""),
        &format!(
            "C: $1 NOOP
            C: $2 UID FETCH 1:* (UID FLAGS)
            S: $1 OK nothing
            {rows}S: $2 OK done
            C: $3 NOOP
            S: $3 OK nothing"
        ),
    )
    .await;
    let (rows, _) = since(&mut *mailbox, "sync1:14:1:0::INBOX").await;
    assert_eq!(rows.len(), 66);
    assert!(rows[65].starts_with("error: "), "{}", rows[65]);
    assert_eq!(mailbox.status().await.unwrap().messages, 100);
}

/// A stream that is dropped loses nothing: the state before it asks for the same again.
#[tokio::test(start_paused = true)]
async fn what_a_dropped_stream_did_not_tell_is_told_again() {
    let mut mailbox = opened(
        "CONDSTORE",
        &folder(2, 3, HIGHEST_9),
        r"C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        S: $1 OK nothing
        S: * 1 FETCH (UID 1 FLAGS (\Seen) MODSEQ (7))
        S: * 2 FETCH (UID 2 FLAGS () MODSEQ (8))
        S: $2 OK done
        C: $3 NOOP
        C: $4 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        S: $3 OK nothing
        S: * 1 FETCH (UID 1 FLAGS (\Seen) MODSEQ (7))
        S: * 2 FETCH (UID 2 FLAGS () MODSEQ (8))
        S: $4 OK done",
    )
    .await;
    let before = state("sync1:14:2:5:1:INBOX");
    let mut changes = mailbox.changes_since(&before).await.unwrap();
    assert!(matches!(changes.next().await, Some(Ok(Change::Flags { .. }))));
    drop(changes);
    let (rows, _) = since(&mut *mailbox, &before.to_string()).await;
    assert_eq!(rows, ["flags 1 seen", "new 2", "sync1:14:3:9:1-2:INBOX"]);
}

/// Dovecot 2.3 answers NOOP and FETCH in one write with the news at the end of both.
#[tokio::test(start_paused = true)]
async fn a_message_in_the_place_of_one_that_went_is_told() {
    let mut mailbox = opened(
        "CONDSTORE ESEARCH",
        &folder(3, 4, HIGHEST_9),
        r"C: $1 NOOP
        C: $2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 9)
        S: * 2 FETCH (MODSEQ (12) UID 2 FLAGS (\Flagged))
        S: * 1 EXPUNGE
        S: * 3 EXISTS
        S: $1 OK NOOP completed
        S: $2 OK Fetch completed
        C: $3 UID SEARCH RETURN (ALL) ALL
        S: * ESEARCH (TAG $3) UID ALL 2:4
        S: $3 OK done",
    )
    .await;
    let (rows, is_exact) = since(&mut *mailbox, "sync1:14:4:9:1-3:INBOX").await;
    assert_eq!(rows, ["flags 2 flagged", "removed 1", "new 4 ?", "sync1:14:5:9:2-4:INBOX"]);
    assert!(is_exact);
}
