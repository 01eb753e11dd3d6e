//! Many messages at once: the commands, how often the client waits, and the cost of a stream that
//! is left early.

mod imap;
mod memory;
mod random;
mod speed;

use mailclient::{
    Bodies, Credentials, Error, IdSet, List, Mailbox, MessageId, Part, Protocol, Quirk, Result,
    Summary,
};

use crate::support::{account, log_in};

/// A session with the messages 1 to 4, whose UIDs are 10, 20, 30 and 40.
async fn opened(quirk: Option<Quirk>, then: &str) -> Box<dyn Mailbox> {
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    account.quirks = quirk.into_iter().collect();
    let text = format!(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] ready
        C: $1 SELECT INBOX
        S: * 4 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    log_in(&text, &account, &Credentials::password("unused")).await.unwrap()
}

fn ids(uids: &[u32]) -> IdSet {
    uids.iter().map(|uid| format!("imap1:14:{uid}:INBOX").parse::<MessageId>().unwrap()).collect()
}

/// The outcome of each message, in the order of the stream.
async fn told(mut bodies: Bodies<'_>) -> Result<String> {
    let mut text = Vec::new();
    while let Some(next) = bodies.next().await {
        let (id, body) = next?;
        let id = id.to_string().replace("imap1:14:", "").replace(":INBOX", "");
        let body = match body {
            Ok(body) => body.collect(1 << 20).await,
            Err(error) => Err(error),
        };
        text.push(match body {
            Ok(body) => format!("{id} {}", String::from_utf8_lossy(&body)),
            Err(Error::NoSuchMessage(_)) => format!("{id} is gone"),
            Err(Error::NoSuchPart(_)) => format!("{id} has no such part"),
            Err(Error::Damaged(_)) => format!("{id} is damaged"),
            Err(Error::Refused(_)) => format!("{id} is refused"),
            Err(error) => return Err(error),
        });
    }
    Ok(text.join(", "))
}

/// Reads these messages from a server that plays a script.
async fn read(uids: &[u32], part: &Part, quirk: Option<Quirk>, script: &str) -> String {
    let mut mailbox = opened(quirk, script).await;
    let ids = ids(uids);
    let text = told(mailbox.fetch_many(&ids, part).await.unwrap()).await;
    text.unwrap_or_else(|error| format!("{error:?}"))
}

const SIZES: &str = "
        C: $2 UID FETCH 10,20,30 (UID RFC822.SIZE)
        C: $3 UID FETCH 10 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 10 RFC822.SIZE 3)
        S: * 2 FETCH (UID 20 RFC822.SIZE 3)
        S: * 3 FETCH (UID 30 RFC822.SIZE 5)
        S: $2 OK done";

#[tokio::test(start_paused = true)]
async fn bodies_come_in_any_order_and_with_the_uid_after_them() {
    let script = format!(
        r#"{SIZES}
        C: $4 UID FETCH 20,30 (UID BODY.PEEK[])
        S: * 3 FETCH (BODY[] {{5}}
        S: three UID 30)
        S: * 1 FETCH (BODY[] "one")
        S: * 2 FETCH (BODY[] {{3}}
        S: two UID 20)
        S: $4 OK done
        S: $3 OK done"#
    );
    let text = read(&[10, 20, 30], &Part::Whole, None, &script).await;
    assert_eq!(text, "30 three, 10 one, 20 two");
}

#[tokio::test(start_paused = true)]
async fn numbers_move_when_a_message_goes_between_two_bodies() {
    let script = format!(
        "{SIZES}
        S: * 1 FETCH (BODY[] {{3}}
        S: one UID 10)
        S: $3 OK done
        C: $4 UID FETCH 20,30 (UID BODY.PEEK[])
        S: * 1 EXPUNGE
        S: * 2 FETCH (BODY[] {{5}}
        S: three)
        S: * 1 EXPUNGE
        S: $4 OK done
        C: $5 UID FETCH 20 (UID RFC822.SIZE)
        C: $6 UID FETCH 20 (UID BODY.PEEK[])
        S: $5 OK done
        S: $6 OK done"
    );
    let text = read(&[10, 20, 30], &Part::Whole, None, &script).await;
    assert_eq!(text, "10 one, 30 three, 20 is gone");
}

#[tokio::test(start_paused = true)]
async fn a_body_whose_number_is_unknown_is_asked_for_alone() {
    let script = "
        C: $2 UID FETCH 10,20 (UID RFC822.SIZE)
        C: $3 UID FETCH 10 (UID BODY.PEEK[])
        S: * 1 FETCH (BODY[] {5}
        S: other UID 10)
        S: * 1 FETCH (UID 10 RFC822.SIZE 3)
        S: * 2 FETCH (UID 20 RFC822.SIZE 3)
        S: $3 OK done
        S: $2 OK done
        C: $4 UID FETCH 10 (UID RFC822.SIZE)
        C: $5 UID FETCH 20 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 10 RFC822.SIZE 3)
        S: $4 OK done
        S: * 2 FETCH (BODY[] {3}
        S: two UID 20)
        S: $5 OK done
        C: $6 UID FETCH 10 (UID BODY.PEEK[])
        S: * 1 FETCH (BODY[] {3}
        S: one UID 10)
        S: $6 OK done";
    assert_eq!(read(&[10, 20], &Part::Whole, None, script).await, "20 two, 10 one");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_another_message_had_is_no_body_of_either() {
    let script = format!(
        "{SIZES}
        S: * 1 FETCH (BODY[] {{3}}
        S: two UID 20)
        S: $3 OK done
        C: $4 UID FETCH 20,30 (UID BODY.PEEK[])
        S: * 2 FETCH (UID 20 BODY[] {{3}}
        S: two)
        S: * 3 FETCH (UID 30 BODY[] NIL)
        S: $4 OK done"
    );
    let text = read(&[10, 20, 30], &Part::Whole, None, &script).await;
    assert_eq!(text, "10 is damaged, 20 two, 30 is damaged");
}

#[tokio::test(start_paused = true)]
async fn a_refused_set_is_asked_for_message_by_message() {
    let script = format!(
        "{SIZES}
        S: * 1 FETCH (UID 10 BODY[] {{3}}
        S: one)
        S: $3 OK done
        C: $4 UID FETCH 20,30 (UID BODY.PEEK[])
        S: $4 NO some cannot be read
        C: $5 UID FETCH 20 (UID RFC822.SIZE)
        C: $6 UID FETCH 20 (UID BODY.PEEK[])
        S: * 2 FETCH (UID 20 RFC822.SIZE 3)
        S: $5 OK done
        C: $7 UID FETCH 30 (UID RFC822.SIZE)
        S: $6 NO this one cannot be read
        S: * 3 FETCH (UID 30 RFC822.SIZE 3)
        S: $7 OK done
        C: $8 UID FETCH 30 (UID BODY.PEEK[])
        S: * 3 FETCH (UID 30 BODY[] {{5}}
        S: three)
        S: $8 OK done"
    );
    let text = read(&[10, 20, 30], &Part::Whole, None, &script).await;
    assert_eq!(text, "10 one, 20 is refused, 30 three");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_now_is_not_asked_for_each_message() {
    let script = format!(
        "{SIZES}
        S: $3 OK done
        C: $4 UID FETCH 20,30 (UID BODY.PEEK[])
        S: $4 NO [UNAVAILABLE] later
        C: $5 UID FETCH 10 (UID RFC822.SIZE)
        C: $6 UID FETCH 10 (UID BODY.PEEK[])
        S: $5 NO [UNAVAILABLE] later
        S: $6 NO [UNAVAILABLE] later"
    );
    let text = read(&[10, 20, 30], &Part::Whole, None, &script).await;
    assert_eq!(text, "20 is refused, 30 is refused, 10 is refused");
}

#[tokio::test(start_paused = true)]
async fn one_command_at_a_time_is_honoured() {
    let script = "
        C: $2 UID FETCH 10,20,30 (UID RFC822.SIZE)
        S: * 1 FETCH (UID 10 RFC822.SIZE 3)
        S: * 3 FETCH (UID 30 RFC822.SIZE 5)
        S: $2 OK done
        C: $3 UID FETCH 10,30 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 10 BODY[] {3}
        S: one)
        S: * 3 FETCH (UID 30 BODY[] {5}
        S: three)
        S: $3 OK done";
    let quirk = Some(Quirk::OneCommandAtATime);
    let text = read(&[10, 20, 30], &Part::Whole, quirk, script).await;
    assert_eq!(text, "20 is gone, 10 one, 30 three");
}

#[tokio::test(start_paused = true)]
async fn a_large_message_is_asked_for_alone_and_an_unknown_size_too() {
    let script = "
        C: $2 UID FETCH 10,20,30,40 (UID RFC822.SIZE)
        C: $3 UID FETCH 10 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 10 RFC822.SIZE 3)
        S: * 2 FETCH (UID 20 RFC822.SIZE 9000000)
        S: * 3 FETCH (UID 30 RFC822.SIZE large)
        S: * 4 FETCH (UID 40 RFC822.SIZE 4)
        S: $2 OK done
        S: * 1 FETCH (UID 10 BODY[] {3}
        S: one)
        C: $4 UID FETCH 20 (UID BODY.PEEK[])
        S: $3 OK done
        S: * 2 FETCH (UID 20 BODY[] {3}
        S: two)
        S: $4 OK done
        C: $5 UID FETCH 30 (UID BODY.PEEK[])
        S: * 3 FETCH (UID 30 BODY[] {5}
        S: three)
        S: $5 OK done
        C: $6 UID FETCH 40 (UID BODY.PEEK[])
        S: * 4 FETCH (UID 40 BODY[] {4}
        S: four)
        S: $6 OK done";
    let text = read(&[10, 20, 30, 40], &Part::Whole, None, script).await;
    assert_eq!(text, "10 one, 20 two, 30 three, 40 four");
}

#[tokio::test(start_paused = true)]
async fn marked_messages_and_parts_that_are_none_are_told_and_others_come() {
    let script = "
        C: $2 UID FETCH 20,30 (UID RFC822.SIZE)
        C: $3 UID FETCH 20 (UID BODY.PEEK[2])
        S: * 2 FETCH (UID 20 RFC822.SIZE 3)
        S: * 3 FETCH (UID 30 RFC822.SIZE 3)
        S: $2 OK done
        C: $4 UID FETCH 30 (UID BODY.PEEK[2])
        S: * 2 FETCH (UID 20 BODY[2] NIL)
        S: $3 OK done
        S: * 3 FETCH (UID 30 BODY[2] \"part\")
        S: $4 OK done";
    let mut mailbox = opened(None, script).await;
    mailbox.delete(&ids(&[10])).unwrap();
    let (ids, part) = (ids(&[10, 20, 30]), Part::section([2.try_into().unwrap()]));
    let text = told(mailbox.fetch_many(&ids, &part).await.unwrap()).await.unwrap();
    assert_eq!(text, "10 is gone, 20 has no such part, 30 part");
}

fn uids(rows: &[Summary]) -> String {
    let ids = rows.iter().map(|row| row.id.to_string());
    ids.map(|id| id.split(':').nth(2).unwrap().to_owned()).collect::<Vec<_>>().join(" ")
}

#[tokio::test(start_paused = true)]
async fn the_newest_come_first_whatever_the_order_of_the_answer() {
    let rows = [
        (List::newest(3), "C: $2 FETCH 2:4 (UID FLAGS INTERNALDATE RFC822.SIZE)", "40 30 20"),
        (List::all(), "C: $2 FETCH 1:4 (UID FLAGS INTERNALDATE RFC822.SIZE)", "40 30 20 10"),
        (
            List::after(ids(&[20]).iter().next().unwrap()),
            "C: $2 FETCH 1:4 (UID FLAGS INTERNALDATE RFC822.SIZE)",
            "40 30",
        ),
        (
            List::ids(ids(&[10, 30, 40])),
            "C: $2 UID FETCH 10,30,40 (UID FLAGS INTERNALDATE RFC822.SIZE)",
            "40 30 10",
        ),
    ];
    for (request, ask, expected) in rows {
        let row = |number: u32| {
            let date = "24-Nov-2026 09:00:00 +0000";
            let uid = number * 10;
            format!(
                "S: * {number} FETCH (UID {uid} FLAGS () INTERNALDATE \"{date}\" RFC822.SIZE 1)"
            )
        };
        let answer = [3, 1, 4, 2].map(row).join("\n");
        let mut mailbox = opened(None, &format!("{ask}\n{answer}\nS: $2 OK done")).await;
        let request = request.newest_first();
        let rows = mailbox.list(&request).await.unwrap().collect(10).await.unwrap();
        assert_eq!(uids(&rows), expected, "{request:?}");
    }
}
