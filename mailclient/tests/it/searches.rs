//! The commands for a query, an order or conversations, and how each answer is read.

use std::time::Duration;

use mailclient::{
    Credentials, DateTime, Error, Feature, FoundBy, IdSet, Mailbox, MessageId, Protocol, Query,
    SortBy, SortKey, ThreadBy,
};

use crate::support::{account, log_in};

/// A mailbox with INBOX open on a server with these capabilities besides `IMAP4rev1`.
async fn opened(capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    on_a_server_with(&format!("IMAP4rev1 {capabilities}"), then).await
}

async fn on_a_server_with(capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    let capabilities = capabilities.trim_end();
    let text = format!(
        "S: * PREAUTH [CAPABILITY {capabilities}] ready
        C: $1 SELECT INBOX
        S: * 9 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    log_in(&text, &account, &Credentials::password("unused")).await.unwrap()
}

fn id(uid: u32) -> MessageId {
    format!("imap1:14:{uid}:INBOX").parse().unwrap()
}

fn ids<const N: usize>(uids: [u32; N]) -> IdSet {
    uids.map(id).into_iter().collect()
}

fn day(year: u16, month: u8, day: u8) -> DateTime {
    DateTime::day(year, month, day).unwrap()
}

/// Each condition, and its SEARCH key.
fn conditions() -> Vec<(Query, &'static str)> {
    let (a, b, c) = (Query::text("a"), Query::text("b"), Query::text("c"));
    vec![
        (Query::All, "ALL"),
        (Query::text("two \"words\""), r#"TEXT "two \"words\"""#),
        (Query::body("x"), r#"BODY "x""#),
        (Query::subject("x"), r#"SUBJECT "x""#),
        (Query::from("x"), r#"FROM "x""#),
        (Query::to("x"), r#"TO "x""#),
        (Query::cc("x"), r#"CC "x""#),
        (Query::bcc("x"), r#"BCC "x""#),
        (Query::header("List-Id", "rust"), r#"HEADER List-Id "rust""#),
        (Query::header("List-Id", ""), r#"HEADER List-Id """#),
        (Query::message_id("<1@example.org>"), r#"HEADER Message-ID "<1@example.org>""#),
        (Query::Seen, "SEEN"),
        (Query::Unseen, "UNSEEN"),
        (Query::Answered, "ANSWERED"),
        (Query::Flagged, "FLAGGED"),
        (Query::Deleted, "DELETED"),
        (Query::Draft, "DRAFT"),
        (Query::keyword("$Forwarded"), "KEYWORD $Forwarded"),
        (!Query::keyword("$Junk"), "NOT KEYWORD $Junk"),
        (Query::Before(day(2026, 2, 1)), "BEFORE 1-Feb-2026"),
        (Query::On(day(2024, 2, 29)), "ON 29-Feb-2024"),
        (Query::Since(day(2026, 12, 31)), "SINCE 31-Dec-2026"),
        (Query::SentBefore(day(2026, 2, 1)), "SENTBEFORE 1-Feb-2026"),
        (Query::SentOn(day(2026, 2, 1)), "SENTON 1-Feb-2026"),
        (Query::SentSince(day(2026, 2, 1)), "SENTSINCE 1-Feb-2026"),
        (Query::Older(Duration::from_millis(3_600_900)), "OLDER 3600"),
        (Query::Younger(Duration::from_secs(1)), "YOUNGER 1"),
        (Query::Larger(5_000_000_000), "LARGER 5000000000"),
        (Query::Smaller(1), "SMALLER 1"),
        (Query::Ids(ids([7, 3, 4, 5])), "UID 3:5,7"),
        (Query::Ids(IdSet::new()), "NOT ALL"),
        (Query::ModSeq(715_194_045_007), "MODSEQ 715194045007"),
        (Query::gmail("has:attachment"), r#"X-GM-RAW "has:attachment""#),
        (a.clone().and(b.clone()).and(c.clone()), r#"TEXT "a" TEXT "b" TEXT "c""#),
        (a.clone().or(b.clone()).or(c.clone()), r#"OR OR TEXT "a" TEXT "b" TEXT "c""#),
        (!a.clone().and(b.clone()), r#"NOT (TEXT "a" TEXT "b")"#),
        (a.clone().or(b.clone()).and(c.clone()), r#"OR TEXT "a" TEXT "b" TEXT "c""#),
        (a.and(b).or(!c), r#"OR (TEXT "a" TEXT "b") NOT TEXT "c""#),
        (Query::words(" engine  room "), r#"TEXT "engine" TEXT "room""#),
        (Query::words(""), "ALL"),
        (Query::And(Vec::new()), "ALL"),
        (Query::Or(Vec::new()), "NOT ALL"),
    ]
}

const ALL_KEYS: &str = "WITHIN CONDSTORE X-GM-EXT-1";

#[tokio::test(start_paused = true)]
async fn a_condition_is_the_key_of_the_rfc() {
    let lines = conditions()
        .into_iter()
        .map(|(_, key)| format!("C: $1 UID SEARCH {key}\nS: * SEARCH 3\nS: $1 OK done\n"));
    let mut mailbox = opened(ALL_KEYS, &lines.collect::<String>()).await;
    for (query, key) in conditions() {
        let found = mailbox.search(&query).await.unwrap_or_else(|error| panic!("{key}: {error}"));
        assert_eq!((found.ids, found.by), (ids([3]), FoundBy::Ascii), "{key}");
    }
}

/// In every call with a query.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_refused_before_anything_is_sent() {
    let other: MessageId = "imap1:14:3:Archive".parse().unwrap();
    let (stale, pop3) = ("imap1:15:3:INBOX".parse().unwrap(), "pop1:a".parse().unwrap());
    let with = |id: &MessageId| Query::Unseen.and(!Query::Ids(id.into()));
    let mut no_day = day(2026, 2, 28);
    no_day.day = 30;
    let rows = [
        (Query::text(""), "misuse"),
        (Query::text("a\r\nb"), "misuse"),
        (Query::gmail("a\0b"), "misuse"),
        (Query::header("Two Words", "x"), "misuse"),
        (Query::header("", "x"), "misuse"),
        (Query::header("X", "a\nb"), "misuse"),
        (Query::keyword("two words"), "misuse"),
        (Query::keyword("\\Seen"), "misuse"),
        (Query::On(no_day), "misuse"),
        (Query::Older(Duration::from_millis(999)), "misuse"),
        (Query::Younger(Duration::MAX), "misuse"),
        (with(&other), "other folder"),
        (with(&stale), "stale"),
        (with(&pop3), "protocol"),
    ];
    let all = format!("{ALL_KEYS} SORT THREAD=REFERENCES");
    let mut mailbox = opened(&all, "C: $1 NOOP\nS: $1 OK done").await;
    for (query, expected) in rows {
        let by = [SortBy::ascending(SortKey::Date)];
        let errors = [
            mailbox.search(&query).await.map(drop),
            mailbox.sort(&query, &by).await.map(drop),
            mailbox.thread(&query, ThreadBy::References).await.map(drop),
        ];
        for error in errors {
            let found = match &error {
                Err(Error::Misuse(_)) => "misuse",
                Err(Error::OtherFolder { .. }) => "other folder",
                Err(Error::StaleId(_)) => "stale",
                Err(Error::WrongProtocol(_)) => "protocol",
                _ => "another",
            };
            assert_eq!(found, expected, "{query:?}: {error:?}");
        }
    }
    let error = mailbox.sort(&Query::All, &[]).await.unwrap_err();
    assert!(matches!(error, Error::Misuse(_)), "{error}");
    mailbox.status().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_the_server_lacks_is_refused_before_anything_is_sent() {
    let mut mailbox = opened("THREAD=REFS", "C: $1 NOOP\nS: $1 OK done").await;
    for (query, lacking) in [
        (Query::Older(Duration::from_secs(9)), Feature::AgeSearch),
        (!Query::Younger(Duration::from_secs(9)), Feature::AgeSearch),
        (Query::Unseen.or(Query::ModSeq(9)), Feature::ModSeqSearch),
        (Query::gmail("x"), Feature::GmailSearch),
    ] {
        assert!(!mailbox.features().contains(lacking), "{lacking:?}");
        let errors = [
            mailbox.search(&query).await.map(drop),
            mailbox.thread(&query, ThreadBy::Refs).await.map(drop),
        ];
        for error in errors {
            let is_right = matches!(error, Err(Error::Unsupported(one)) if one == lacking);
            assert!(is_right, "{query:?}: {error:?}");
        }
    }
    for by in [ThreadBy::References, ThreadBy::Subject] {
        let error = mailbox.thread(&Query::All, by).await.unwrap_err();
        assert!(matches!(error, Error::Unsupported(one) if one == by.feature()), "{error}");
    }
    let by = [SortBy::ascending(SortKey::Date)];
    let error = mailbox.sort(&Query::All, &by).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported(Feature::Sort)), "{error}");
    mailbox.status().await.unwrap();
    let mut mailbox = opened("SORT", "C: $1 NOOP\nS: $1 OK done").await;
    let by = [SortBy::ascending(SortKey::Date), SortBy::descending(SortKey::DisplayTo)];
    let error = mailbox.sort(&Query::All, &by).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported(Feature::DisplaySort)), "{error}");
    mailbox.status().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn features_of_searches_are_those_that_were_announced() {
    const ALL: [Feature; 8] = [
        Feature::AgeSearch,
        Feature::ModSeqSearch,
        Feature::GmailSearch,
        Feature::Sort,
        Feature::DisplaySort,
        Feature::Threads,
        Feature::SubjectThreads,
        Feature::RefsThreads,
    ];
    for (capabilities, features) in [
        ("", &[][..]),
        ("WITHIN", &ALL[..1]),
        ("CONDSTORE", &ALL[1..2]),
        ("QRESYNC", &ALL[1..2]),
        ("X-GM-EXT-1", &ALL[2..3]),
        ("SORT", &ALL[3..4]),
        ("SORT=DISPLAY", &[]),
        ("SORT SORT=DISPLAY", &ALL[3..5]),
        ("THREAD=REFERENCES", &ALL[5..6]),
        ("THREAD=ORDEREDSUBJECT THREAD=REFS", &ALL[6..]),
    ] {
        let has = opened(capabilities, "").await.features();
        let found: Vec<_> = ALL.into_iter().filter(|one| has.contains(*one)).collect();
        assert_eq!(found, features, "{capabilities}");
    }
}

/// As a literal that waits, as one that does not, and as a quoted string where the session is in
/// UTF-8.
#[tokio::test(start_paused = true)]
async fn text_outside_ascii_goes_out_in_utf8() {
    let found = "S: * SEARCH 3\nS: $1 OK done";
    for (capabilities, sent) in [
        ("IMAP4rev1", "CHARSET UTF-8 BODY {5}\nS: + go on\nC: grün"),
        ("IMAP4rev1 LITERAL+", "CHARSET UTF-8 BODY {5+}\nC: grün"),
        ("IMAP4rev1 LITERAL-", "CHARSET UTF-8 BODY {5+}\nC: grün"),
        ("IMAP4rev1 ESEARCH", "RETURN (ALL) CHARSET UTF-8 BODY {5}\nS: + go on\nC: grün"),
        ("IMAP4rev2", "RETURN (ALL) BODY \"grün\""),
    ] {
        let text = format!("C: $1 UID SEARCH {sent}\n{found}");
        let mut mailbox = on_a_server_with(capabilities, &text).await;
        let found = mailbox.search(&Query::body("grün")).await.unwrap();
        assert_eq!((found.ids, found.by), (ids([3]), FoundBy::Utf8), "{capabilities}");
    }
}

/// Exchange Online takes US-ASCII only, and other servers know no CHARSET: that is no empty result.
#[tokio::test(start_paused = true)]
async fn a_charset_that_is_not_taken_is_a_refusal() {
    for (refusal, code) in [
        ("NO [BADCHARSET (US-ASCII)] The specified charset is not supported.", Some("BADCHARSET")),
        ("NO [BADCHARSET (US-ASCII ISO-8859-1)] no", Some("BADCHARSET")),
        ("NO [BADCHARSET] no", Some("BADCHARSET")),
        // It is what was asked for.
        ("NO [BADCHARSET (UTF-8)] no", Some("BADCHARSET")),
        ("BAD unknown argument CHARSET", None),
    ] {
        let text = format!(
            "C: $1 UID SEARCH CHARSET UTF-8 BODY {{5}}\nS: $1 {refusal}\nC: $1 NOOP\nS: $1 OK"
        );
        let mut mailbox = opened("", &text).await;
        let error = mailbox.search(&Query::body("grün")).await.unwrap_err();
        let Error::Refused(found) = &error else { panic!("{refusal}: {error}") };
        assert_eq!((found.command, found.code.as_deref()), ("a search in UTF-8", code));
        mailbox.status().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn ascii_goes_out_in_utf8_where_the_server_asks_for_that() {
    const REFUSED: &str = "S: $1 NO [BADCHARSET (KOI8-R utf-8)] no";
    let text = format!(
        "C: $1 UID SEARCH BODY \"x\"
        {REFUSED}
        C: $1 UID SEARCH CHARSET UTF-8 BODY \"x\"
        S: * SEARCH 3
        S: $1 OK done
        C: $1 UID SORT (DATE) US-ASCII BODY \"x\"
        {REFUSED}
        C: $1 UID SORT (DATE) UTF-8 BODY \"x\"
        S: * SORT 3
        S: $1 OK done
        C: $1 UID THREAD REFERENCES US-ASCII BODY \"x\"
        {REFUSED}
        C: $1 UID THREAD REFERENCES UTF-8 BODY \"x\"
        S: * THREAD (3)
        S: $1 OK done
        C: $1 UID SEARCH BODY \"x\"
        S: $1 NO [BADCHARSET (KOI8-R)] no
        C: $1 UID SEARCH BODY \"x\"
        {REFUSED}
        C: $1 UID SEARCH CHARSET UTF-8 BODY \"x\"
        {REFUSED}"
    );
    let mut mailbox = opened("SORT THREAD=REFERENCES", &text).await;
    let query = Query::body("x");
    let found = mailbox.search(&query).await.unwrap();
    assert_eq!((found.ids, found.by), (ids([3]), FoundBy::Utf8AfterRefusal));
    let by = [SortBy::ascending(SortKey::Date)];
    assert_eq!(mailbox.sort(&query, &by).await.unwrap(), [id(3)]);
    let threads = mailbox.thread(&query, ThreadBy::References).await.unwrap();
    assert_eq!(threads[0].messages[0].id, Some(id(3)));
    for command in ["SEARCH", "a search in UTF-8"] {
        let error = mailbox.search(&query).await.unwrap_err();
        assert!(matches!(&error, Error::Refused(found) if found.command == command), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_extended_search_is_answered_in_either_form() {
    for (answer, found) in [
        (r#"S: * ESEARCH (TAG "$1") UID ALL 3:5"#, ids([3, 4, 5])),
        ("S: * ESEARCH UID ALL 3\nS: * ESEARCH UID ALL 5", ids([3, 5])),
        // Cyrus and others, for nothing.
        (r#"S: * ESEARCH (TAG "$1")"#, IdSet::new()),
        (r#"S: * ESEARCH (TAG "$1") UID"#, IdSet::new()),
        ("S: * SEARCH 5 3", ids([3, 5])),
        ("S: * SEARCH", IdSet::new()),
    ] {
        let text = format!("C: $1 UID SEARCH RETURN (ALL) UNSEEN\n{answer}\nS: $1 OK done");
        let mut mailbox = opened("ESEARCH", &text).await;
        assert_eq!(mailbox.search(&Query::Unseen).await.unwrap().ids, found, "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_is_damaged() {
    let by = [SortBy::descending(SortKey::Date)];
    for answer in ["ESEARCH ALL 3:5", "ESEARCH UID ALL x", "ESEARCH (TAG", "SEARCH x", "SEARCH 0"] {
        let text = format!("C: $1 UID SEARCH RETURN (ALL) ALL\nS: * {answer}\nS: $1 OK done");
        let error = opened("ESEARCH", &text).await.search(&Query::All).await.unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{answer}: {error}");
    }
    for answer in ["SORT x", "SORT 3 0 5", "SORT 3 5x", "SORT 3 (5)"] {
        let text = format!("C: $1 UID SORT (REVERSE DATE) US-ASCII ALL\nS: * {answer}\nS: $1 OK");
        let error = opened("SORT", &text).await.sort(&Query::All, &by).await.unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{answer}: {error}");
    }
    for answer in ["THREAD (3", "THREAD 3", "THREAD (3)(x)", "THREAD (0)"] {
        let text = format!("C: $1 UID THREAD REFS US-ASCII ALL\nS: * {answer}\nS: $1 OK");
        let mut mailbox = opened("THREAD=REFS", &text).await;
        let error = mailbox.thread(&Query::All, ThreadBy::Refs).await.unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{answer}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_has_every_key_and_direction() {
    let mut mailbox = opened(
        "SORT SORT=DISPLAY",
        "C: $1 UID SORT (ARRIVAL DATE FROM TO CC SUBJECT SIZE DISPLAYFROM DISPLAYTO) US-ASCII ALL
        S: * SORT 5 3
        S: * SORT 4
        S: $1 OK done
        C: $1 UID SORT (REVERSE SUBJECT DATE) UTF-8 UNSEEN BODY {5}
        S: + go on
        C: grün
        S: * SORT
        S: $1 OK done
        C: $1 UID SORT (REVERSE DATE) US-ASCII SEEN
        S: * SORT 3 4 (MODSEQ 17)
        S: $1 OK done",
    )
    .await;
    let keys = [
        SortKey::Received,
        SortKey::Date,
        SortKey::From,
        SortKey::To,
        SortKey::Cc,
        SortKey::Subject,
        SortKey::Size,
        SortKey::DisplayFrom,
        SortKey::DisplayTo,
    ];
    let by = keys.map(SortBy::ascending);
    assert_eq!(mailbox.sort(&Query::All, &by).await.unwrap(), [5, 3, 4].map(id));
    let by = [SortBy::descending(SortKey::Subject), SortBy::ascending(SortKey::Date)];
    let query = Query::Unseen.and(Query::body("grün"));
    assert_eq!(mailbox.sort(&query, &by).await.unwrap(), []);
    let by = [SortBy::descending(SortKey::Date)];
    assert_eq!(mailbox.sort(&Query::Seen, &by).await.unwrap(), [3, 4].map(id));
}

/// The ids of a conversation, each with the place of the message that it answers.
fn tree(thread: &mailclient::Thread) -> Vec<(Option<MessageId>, Option<usize>)> {
    thread.messages.iter().map(|message| (message.id.clone(), message.answers)).collect()
}

#[tokio::test(start_paused = true)]
async fn conversations_are_trees() {
    let mut mailbox = opened(
        "THREAD=REFERENCES THREAD=ORDEREDSUBJECT THREAD=REFS",
        "C: $1 UID THREAD REFERENCES US-ASCII ALL
        S: * THREAD (2)(3 6 (4 23)(44 7 96))((8)(9))
        S: $1 OK done
        C: $1 UID THREAD ORDEREDSUBJECT US-ASCII ALL
        S: * THREAD (2 (3)(4))
        S: $1 OK done
        C: $1 UID THREAD REFS US-ASCII ALL
        S: * THREAD
        S: $1 OK done",
    )
    .await;
    let threads = mailbox.thread(&Query::All, ThreadBy::References).await.unwrap();
    let one = |uid, answers| (Some(id(uid)), answers);
    let expected = [
        vec![one(2, None)],
        vec![
            one(3, None),
            one(6, Some(0)),
            one(4, Some(1)),
            one(23, Some(2)),
            one(44, Some(1)),
            one(7, Some(4)),
            one(96, Some(5)),
        ],
        vec![(None, None), one(8, Some(0)), one(9, Some(0))],
    ];
    assert_eq!(threads.iter().map(tree).collect::<Vec<_>>(), expected);
    let threads = mailbox.thread(&Query::All, ThreadBy::Subject).await.unwrap();
    assert_eq!(tree(&threads[0]), [one(2, None), one(3, Some(0)), one(4, Some(0))]);
    assert_eq!(mailbox.thread(&Query::All, ThreadBy::Refs).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn marked_messages_are_in_no_order_and_no_conversation() {
    let mut mailbox = opened(
        "UIDPLUS SORT THREAD=REFS",
        "C: $1 UID SEARCH ALL
        S: * SEARCH 2 3 4 5 6 7
        S: $1 OK done
        C: $1 UID SORT (SIZE) US-ASCII ALL
        S: * SORT 7 6 5 4 3 2
        S: $1 OK done
        C: $1 UID THREAD REFS US-ASCII ALL
        S: * THREAD (2 3 4)(5 (6)(7))
        S: $1 OK done
        C: $1 UID THREAD REFS US-ASCII ALL
        S: * THREAD (2 3)((4)(5))(6)
        S: $1 OK done",
    )
    .await;
    mailbox.delete(&ids([3, 4, 5, 6])).unwrap();
    assert_eq!(mailbox.search(&Query::All).await.unwrap().ids, ids([2, 7]));
    let by = [SortBy::ascending(SortKey::Size)];
    assert_eq!(mailbox.sort(&Query::All, &by).await.unwrap(), [7, 2].map(id));
    let threads = mailbox.thread(&Query::All, ThreadBy::Refs).await.unwrap();
    // Message 7 answers one that is marked.
    let expected = [vec![(Some(id(2)), None)], vec![(None, None), (Some(id(7)), Some(0))]];
    assert_eq!(threads.iter().map(tree).collect::<Vec<_>>(), expected);
    let threads = mailbox.thread(&Query::All, ThreadBy::Refs).await.unwrap();
    assert_eq!(threads.iter().map(tree).collect::<Vec<_>>(), [[(Some(id(2)), None)]]);
}

/// No call goes deeper for it, and none when it is dropped.
#[tokio::test(start_paused = true)]
async fn a_deep_conversation_needs_no_deep_stack() {
    const DEPTH: u32 = 100_000;
    let open: String = (1..=DEPTH).map(|uid| format!("({uid} ")).collect();
    let text = format!(
        "C: $1 UID THREAD REFS US-ASCII ALL\nS: * THREAD {open}{}\nS: $1 OK done",
        ")".repeat(DEPTH as usize)
    );
    let mut mailbox = opened("THREAD=REFS", &text).await;
    let threads = mailbox.thread(&Query::All, ThreadBy::Refs).await.unwrap();
    assert_eq!((threads.len(), threads[0].messages.len()), (1, DEPTH as usize));
    assert_eq!(threads[0].messages[DEPTH as usize - 1].answers, Some(DEPTH as usize - 2));
}

/// The next call reads the rest of the answer, and sends the rest of the command before it.
#[tokio::test(start_paused = true)]
async fn a_search_that_was_dropped_is_finished_by_the_next_call() {
    let text = "C: $1 UID SORT (DATE) UTF-8 BODY {5}
        S: + go on
        C: grün
        S: * SORT 7 6
        S: $1 OK done
        C: $1 UID THREAD REFS US-ASCII ALL
        S: * THREAD (5)
        S: $1 OK done";
    let mut mailbox = opened("SORT THREAD=REFS", text).await;
    let by = [SortBy::ascending(SortKey::Date)];
    let query = Query::body("grün");
    // The command is out, but for its literal.
    assert!(tokio::time::timeout(Duration::ZERO, mailbox.sort(&query, &by)).await.is_err());
    let threads = mailbox.thread(&Query::All, ThreadBy::Refs).await.unwrap();
    assert_eq!(threads.iter().map(tree).collect::<Vec<_>>(), [[(Some(id(5)), None)]]);
}
