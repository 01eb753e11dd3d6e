//! Reported sessions that are rows of a table: the same conversation with many words, or the same
//! end before every call.

use std::time::Duration;

use mail_harness::{
    fault::Wire,
    operation::Failure,
    transcript::{Schedule, client::connection},
};
use mailclient::{
    Account, Change, Credentials, Error, Feature, IdSet, Mailbox, MessageId, Outcome, Protocol,
    Query, Report, Security, Timeouts,
};
use tokio::task::yield_now;

use crate::{
    operations::{ALL, MARK},
    session::{Session, Way, failure},
    support::{account, folder, log_in},
};

const OPENED: &str =
    "S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE NAMESPACE QUOTA ACL] ready
    C: $1 SELECT INBOX
    S: * 3 EXISTS
    S: * OK [UIDVALIDITY 14] valid
    S: $1 OK [READ-WRITE] done\n";

async fn opened(then: &str) -> Box<dyn Mailbox> {
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    let text = format!("{OPENED}{then}");
    log_in(&text, &account, &Credentials::password("unused")).await.unwrap()
}

fn ids(uids: impl IntoIterator<Item = u32>) -> IdSet {
    let id = |uid| format!("imap1:14:{uid}:INBOX").parse::<MessageId>().unwrap();
    uids.into_iter().map(id).collect()
}

/// What a refused login is: whether the credentials are at fault, and whether to try again.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Credentials,
    Later,
    Neither,
}
use Verdict::{Credentials as Wrong, Later, Neither};

fn verdict(error: &Error) -> Verdict {
    match (error.is_auth(), error.is_transient()) {
        (true, false) => Wrong,
        (false, true) => Later,
        (false, false) => Neither,
        (true, true) => panic!("at fault, and to be tried again: {error:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_judged_by_its_code_and_then_by_its_words() {
    let rows = [
        ("NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", Wrong),
        ("NO LOGIN failed.", Wrong),
        ("NO [EXPIRED] password expired", Wrong),
        ("NO [AUTHORIZATIONFAILED] no such right", Wrong),
        ("BAD Command received in Invalid state.", Wrong),
        ("NO [ALERT] Too many simultaneous connections. (Failure)", Later),
        ("NO [ALERT] Account exceeded command or bandwidth limits. (Failure)", Later),
        ("NO System Error (Failure)", Later),
        ("NO Server Unavailable. 15", Later),
        ("BAD Server Unavailable. 15", Later),
        ("NO [UNAVAILABLE] Maximum number of connections exceeded", Later),
        ("NO [SERVERBUG] oops", Later),
        ("NO [INUSE] locked", Later),
        ("NO [THROTTLED] too many requests", Later),
        ("BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds", Later),
        ("NO Login failed - please check your internet connection and retry", Later),
        ("NO [OVERQUOTA] full", Neither),
        ("NO [CONTACTADMIN] account is suspended", Neither),
        ("NO [PRIVACYREQUIRED] not without TLS", Neither),
        ("NO [CANNOT] Authentication mechanism not supported.", Neither),
        ("NO [ALERT] Please log in via your web browser: https://example.org", Neither),
    ];
    for (answer, expected) in rows {
        let text = format!(
            "S: * OK [CAPABILITY IMAP4rev1] ready\nC: $1 LOGIN alice secret\nS: $1 {answer}"
        );
        let opened =
            log_in(&text, &account(Protocol::Imap), &Credentials::password("secret")).await;
        assert_eq!(verdict(&opened.err().unwrap()), expected, "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_over_pop3_is_judged_by_its_code_and_then_by_its_words() {
    let rows = [
        ("[AUTH] Username and password not accepted.", Wrong),
        ("Logon failure: unknown user name or bad password.", Wrong),
        ("[IN-USE] mailbox already in use by pid 12345", Later),
        ("[LOGIN-DELAY] minimum time between mail checks is 15 minutes", Later),
        ("[SYS/TEMP] try again", Later),
        ("mailbox is locked by another POP3 session", Later),
        ("maildrop already locked", Later),
        ("Exceeded the login limit for a 15 minute period.", Later),
        ("Server Unavailable. 21", Later),
        ("[SYS/PERM] Your account is not enabled for POP access.", Neither),
    ];
    for (answer, expected) in rows {
        let text = format!(
            "S: +OK ready\nC: CAPA\nS: -ERR what\nC: USER alice\nS: +OK\nC: PASS secret\n\
             S: -ERR {answer}"
        );
        let opened =
            log_in(&text, &account(Protocol::Pop3), &Credentials::password("secret")).await;
        assert_eq!(verdict(&opened.err().unwrap()), expected, "{answer}");
    }
}

/// The server said BYE beside an answer and closed: every call that speaks to it says so.
#[tokio::test(start_paused = true)]
async fn every_call_after_a_bye_is_closed_with_its_words() {
    let local = ["delete", "undelete"];
    let mut checked = 0;
    for operation in ALL.iter().filter(|operation| !local.contains(&operation.name())) {
        let opened =
            OPENED.replace("IMAP4rev1", "IMAP4rev1 SORT THREAD=REFERENCES CONDSTORE X-GM-EXT-1");
        let text =
            format!("{opened}C: $1 NOOP\nS: * BYE Server shutting down\nS: $1 OK done\n! eof");
        let mut mailbox = opened_with(&text).await;
        mailbox.status().await.unwrap();
        let mut session = session_of(mailbox);
        MARK.run(&mut session).await.unwrap();
        let Failure { class, transient, text } = operation.run(&mut session).await.unwrap_err();
        assert_eq!((class.as_str(), transient), ("Closed", true), "{}: {text}", operation.name());
        assert!(text.contains("Server shutting down"), "{}: {text}", operation.name());
        checked += 1;
    }
    assert_eq!(checked, ALL.len() - local.len());
}

async fn opened_with(text: &str) -> Box<dyn Mailbox> {
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    log_in(text, &account, &Credentials::password("unused")).await.unwrap()
}

fn session_of(mailbox: Box<dyn Mailbox>) -> Session {
    let (ours, _) = connection("unused", Schedule::Whole);
    Session {
        account: account(Protocol::Imap),
        credentials: Credentials::password("unused"),
        server: None,
        way: Way::Stream(Some(ours)),
        wire: Wire::new(),
        mailbox: Some(mailbox),
        archive: folder("Archive"),
        ids: ids([54, 55, 56, 57]).iter().collect(),
    }
}

fn report(result: Result<Report, Error>) -> Report {
    match result {
        Err(Error::Partial(report)) => *report,
        other => panic!("{other:?}"),
    }
}

/// Messages that make no ranges: several commands.
fn sparse() -> IdSet {
    ids((0..2000).map(|n| 10_001 + 2 * n))
}

/// A script in which the first set of [`sparse`] is copied, and the second one ends with `second`.
async fn copied(second: &str) -> Report {
    let text = |set: &[u32]| set.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let uids: Vec<u32> = (0..2000).map(|n| 10_001 + 2 * n).collect();
    // As many of five digits and a comma as fit into 4,000 bytes.
    let (one, two) = (&uids[..666], &uids[666..1332]);
    let script = [one, two].into_iter().zip(["S: $2 OK done", second]).map(|(set, answer)| {
        let set_text = text(set);
        let rows: String = set.iter().map(|uid| format!("S: * 1 FETCH (UID {uid})\n")).collect();
        format!(
            "C: $1 UID FETCH {set_text} UID\nC: $2 UID COPY {set_text} Archive\n\
             {rows}S: $1 OK done\n{answer}\n"
        )
    });
    let mut mailbox = opened(&script.collect::<String>()).await;
    let report = report(mailbox.copy(&sparse(), &folder("Archive")).await);
    assert_eq!(report.len(), 2000);
    report
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_was_refused_half_way_is_never_repeated_for_what_is_done() {
    let report =
        copied("S: $2 BAD Request is throttled. Suggested Backoff Time: 5000 milliseconds").await;
    let error = report.cause().unwrap();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    assert_eq!((report.done().len(), report.to_repeat().len()), (666, 1334), "{report}");
    let (done, mut again) = (report.done(), report.to_repeat());
    again.subtract(&done);
    assert_eq!(again.len(), 1334);
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_was_cut_half_way_is_unknown_for_what_was_sent() {
    let report = copied("! eof").await;
    assert!(matches!(report.cause(), Some(Error::Closed { .. })), "{report}");
    let count = |wanted: fn(&Outcome) -> bool| report.iter().filter(|(_, one)| wanted(one)).count();
    let unknown = count(|outcome| matches!(outcome, Outcome::Unknown));
    let not_sent = count(|outcome| matches!(outcome, Outcome::NotSent));
    assert_eq!((report.done().len(), unknown, not_sent), (666, 666, 668), "{report}");
}

#[tokio::test(start_paused = true)]
async fn the_longest_timeouts_do_not_overflow() {
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    let longest = Duration::MAX;
    let mut timeouts = Timeouts::default();
    timeouts.answer = longest;
    timeouts.slow_answer = longest;
    timeouts.silence = longest;
    timeouts.grace = longest;
    timeouts.idle = longest;
    timeouts.poll = longest;
    account.timeouts = timeouts;
    let text = format!(
        "{OPENED}C: $1 IDLE\nS: + idling\nS: * 4 EXISTS\nC: DONE\nS: $1 OK done\n\
         C: $1 UID SEARCH UNSEEN\nS: $1 OK done"
    );
    let mut mailbox = log_in(&text, &account, &Credentials::password("unused")).await.unwrap();
    assert!(matches!(mailbox.next_change().await.unwrap(), Change::New { messages: 4, .. }));
    assert!(mailbox.search(&Query::Unseen).await.unwrap().ids.is_empty());
}

/// The account of a help desk was typed with a space after the host.
#[test]
fn a_host_with_a_space_is_no_url() {
    assert!("imaps://alice@mail.example.org ".parse::<Account>().is_err());
}

#[tokio::test]
async fn a_host_with_a_space_is_a_failed_connection() {
    let account = Account::new(Protocol::Imap, Security::ImplicitTls, "localhost ", "alice");
    let error = account.connect(&Credentials::password("secret")).await.err().unwrap();
    assert!(matches!(error, Error::Connect { .. }), "{}", failure(&error));
}

/// More flags than are kept, and then an alert.
#[tokio::test(start_paused = true)]
async fn an_alert_after_too_many_changes_is_told() {
    let flags = "S: * 1 FETCH (FLAGS ())\n".repeat(1100);
    let alert = "S: * OK [ALERT] your disk is full\nS: $1 OK done";
    let mut mailbox = opened(&format!("C: $1 NOOP\n{flags}{alert}")).await;
    mailbox.status().await.unwrap();
    assert_eq!(mailbox.next_change().await.unwrap(), Change::Alert("your disk is full".into()));
    assert_eq!(mailbox.next_change().await.unwrap(), Change::Resync);
}

/// What the server lacks is known before anything is asked for.
#[tokio::test(start_paused = true)]
async fn without_move_and_uidplus_neither_is_emulated() {
    let text = OPENED.replace(" UIDPLUS MOVE IDLE", "");
    let mut mailbox = opened_with(&text).await;
    let features = mailbox.features();
    for feature in [Feature::Move, Feature::Delete, Feature::Expunge] {
        assert!(!features.contains(feature), "{feature:?}");
    }
    let error = mailbox.move_to(&ids([57]), &folder("Archive")).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported(Feature::Move)), "{error}");
    let error = mailbox.delete(&ids([57])).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Feature::Delete)), "{error}");
    yield_now().await;
}
