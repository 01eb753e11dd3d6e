//! DELE and QUIT that are refused or cut, and unique-ids that two messages have.

use mailclient::{Credentials, IdSet, List, Mailbox, MessageId, Protocol};

use crate::{
    broken::{outcomes, partial},
    support::{account, log_in},
};

/// A session with a maildrop of four messages.
async fn pop3(then: &str) -> Box<dyn Mailbox> {
    let text = format!(
        "S: +OK ready
        C: CAPA
        S: -ERR what
        C: USER alice
        S: +OK
        C: PASS secret
        S: +OK
        C: CAPA
        S: -ERR what
        C: STAT
        S: +OK 4 400
        {then}"
    );
    log_in(&text, &account(Protocol::Pop3), &Credentials::password("secret")).await.unwrap()
}

const FOUR: &str = "C: LIST
    S: +OK
    S: 1 100
    S: 2 100
    S: 3 100
    S: 4 100
    S: .
    C: UIDL
    S: +OK
    S: 1 a
    S: 2 b
    S: 3 c
    S: 4 d
    S: .";

fn pop_ids(names: &[&str]) -> IdSet {
    names.iter().map(|name| format!("pop1:{name}").parse::<MessageId>().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refused_dele_is_refused_also_when_close_is_called_again() {
    let script = format!(
        "{FOUR}
        C: DELE 1
        S: +OK
        C: DELE 2
        S: -ERR locked
        C: DELE 3
        S: +OK
        C: QUIT
        S: +OK bye
        ! eof"
    );
    let mut mailbox = pop3(&script).await;
    mailbox.delete(&pop_ids(&["a", "b", "c"])).unwrap();
    let report = partial(mailbox.close().await);
    assert_eq!(
        (report.done(), report.to_repeat(), report.unknown()),
        (pop_ids(&["a", "c"]), pop_ids(&["b"]), IdSet::new()),
        "{}",
        outcomes(&report)
    );
    // Nothing was removed of it, and nothing will be.
    let report = partial(mailbox.close().await);
    assert_eq!((report.to_repeat(), report.unknown()), (pop_ids(&["b"]), IdSet::new()));
}

#[tokio::test(start_paused = true)]
async fn a_quit_that_is_refused_leaves_the_deletions_unknown() {
    let script = format!(
        "{FOUR}
        C: DELE 1
        S: +OK
        C: DELE 2
        S: +OK
        C: QUIT
        S: -ERR some deleted messages not removed
        ! eof"
    );
    let mut mailbox = pop3(&script).await;
    mailbox.delete(&pop_ids(&["a", "b"])).unwrap();
    let report = partial(mailbox.close().await);
    assert_eq!(report.unknown(), pop_ids(&["a", "b"]), "{}", outcomes(&report));
    let report = partial(mailbox.close().await);
    assert_eq!(report.unknown(), pop_ids(&["a", "b"]), "{}", outcomes(&report));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_between_two_deles_deletes_nothing() {
    let script = format!(
        "{FOUR}
        C: DELE 1
        S: +OK
        C: DELE 2
        ! eof"
    );
    let mut mailbox = pop3(&script).await;
    mailbox.delete(&pop_ids(&["a", "b"])).unwrap();
    for _ in 0..2 {
        let report = partial(mailbox.close().await);
        assert_eq!(report.to_repeat(), pop_ids(&["a", "b"]), "{}", outcomes(&report));
    }
}

/// A unique-id that two messages have names neither, and neither is gone.
#[tokio::test(start_paused = true)]
async fn a_unique_id_of_two_messages_is_not_gone() {
    let listing = FOUR.replace("S: 4 d", "S: 4 b");
    let script = format!("{listing}\nC: QUIT\nS: +OK bye\n! eof");
    let mut mailbox = pop3(&script).await;
    mailbox.delete(&pop_ids(&["b"])).unwrap();
    let report = partial(mailbox.close().await);
    assert!(report.gone().is_empty(), "{}", outcomes(&report));
    assert_eq!(report.to_repeat(), pop_ids(&["b"]), "{}", outcomes(&report));
}

/// Nothing that was read before is known again without unique-ids: a server that is only busy
/// must not make all of it new.
#[tokio::test(start_paused = true)]
async fn a_uidl_that_is_refused_for_the_moment_is_an_error() {
    for (refusal, is_error) in [
        ("[SYS/TEMP] try again", true),
        ("[IN-USE] locked", true),
        ("unknown command", false),
        ("[SYS/PERM] never", false),
    ] {
        let listing = FOUR.split("C: UIDL").next().unwrap();
        let script = format!("{listing}C: UIDL\nS: -ERR {refusal}");
        let mut mailbox = pop3(&script).await;
        let listed = match mailbox.list(&List::all()).await {
            Ok(listing) => listing.collect(10).await,
            Err(error) => Err(error),
        };
        match listed {
            Err(error) => assert!(is_error && error.is_transient(), "{refusal}: {error}"),
            Ok(rows) => assert!(!is_error && rows.len() == 4, "{refusal}"),
        }
    }
}
