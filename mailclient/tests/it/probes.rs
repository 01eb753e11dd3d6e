//! What only transcripts do to a session: calls that say how long they took, or what their error
//! asks the caller to do.

use std::{
    fmt::Debug,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use mail_harness::operation::{Answer, Failure, Operation};
use mailclient::{
    Access, Append, Change, DateTime, Envelope, Error, FlagChange, Flags, Folder, Folders, IdSet,
    List, Mailbox, MessageId, Part, Query, Result,
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    time::{Instant, sleep, timeout},
};

use crate::{
    operations::told,
    session::{Session, failure, without_session},
};

/// What an error asks the caller to do, on one line.
fn asks(error: &Error) -> String {
    let class = failure(error).class;
    let mut text = class;
    for (is_so, word) in [
        (error.is_auth(), "auth"),
        (error.is_transient(), "transient"),
        (error.needs_reconnect(), "reconnect"),
    ] {
        if is_so {
            text = format!("{text}, {word}");
        }
    }
    if let Some(wait) = error.retry_after() {
        text = format!("{text}, again in {wait:?}");
    }
    format!("{text}: {error}")
}

/// A success, or what the error asks for.
fn advice<T>(result: Result<T>) -> Answer {
    Ok(match result {
        Ok(_) => "done".into(),
        Err(error) => without_session(&asks(&error)),
    })
}

/// With the seconds that it took.
fn timed<T: Debug>(start: Instant, result: Result<T>) -> Answer {
    let seconds = start.elapsed().as_secs();
    match result {
        Ok(value) => Ok(format!("after {seconds} s: {value:?}")),
        Err(error) => {
            let Failure { class, transient, text } = failure(&error);
            Err(Failure { class, transient, text: format!("after {seconds} s: {text}") })
        }
    }
}

const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// Calls again and again, each time for `piece` at most, as an application with a heartbeat does.
async fn in_pieces<T: Debug>(
    mailbox: &mut dyn Mailbox,
    piece: Duration,
    call: impl AsyncFn(&mut dyn Mailbox) -> Result<T>,
) -> Answer {
    let start = Instant::now();
    while start.elapsed() < TWO_HOURS {
        if let Ok(answer) = timeout(piece, call(mailbox)).await {
            return timed(start, answer);
        }
    }
    Ok("nothing for two hours".into())
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn change(mailbox: &mut dyn Mailbox) -> Result<Change> {
    mailbox.next_change().await
}

fn all(session: &Session) -> IdSet {
    session.ids.iter().collect()
}

/// The ids of a listing and what the server told of each, also of one that fails half-way.
async fn rows(mailbox: &mut dyn Mailbox, request: &List) -> String {
    let mut text = Vec::new();
    match mailbox.list(request).await {
        Ok(mut rows) => {
            while let Some(row) = rows.next().await {
                match row {
                    Ok(row) => {
                        let flags = row.flags.map(|flags| flags.to_string()).unwrap_or_default();
                        let envelope = row.envelope.and_then(|envelope: Box<Envelope>| {
                            envelope.subject.map(|subject| format!(" {subject:?}"))
                        });
                        let size = row.size.map_or(String::new(), |size| format!(" {size}"));
                        let subject = envelope.unwrap_or_default();
                        text.push(format!("{}{size} ({flags}){subject}", row.id));
                    }
                    Err(error @ Error::Damaged(_)) => text.push(format!("damaged: {error}")),
                    Err(error) => text.push(format!("then {}", asks(&error))),
                }
            }
        }
        Err(error) => text.push(asks(&error)),
    }
    without_session(&text.join("; "))
}

/// A reader that never gives anything.
struct Silent;

impl AsyncRead for Silent {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Pending
    }
}

async fn append(
    session: &mut Session,
    size: u64,
    reader: &mut (dyn AsyncRead + Send + Unpin),
) -> Result<Option<MessageId>> {
    let archive = session.archive.clone();
    let mailbox = session.mailbox.as_mut().unwrap();
    mailbox.append(&archive, &Append::new(size), reader).await
}

/// An operation: its name, and what it does to the session.
macro_rules! operations {
    ($($name:literal: |$session:ident| $body:expr;)+) => {
        pub(crate) const ALL: &[Operation<Session>] = &[$(
            Operation::<Session>::new($name, |$session| Box::pin(async move { $body }))
        ),+];
    };
}

operations! {
    "advice of login": |session| advice(session.connect().await);
    "advice of status": |session| advice(session.mailbox()?.status().await);
    "advice of open Archive": |session| {
        let archive = session.archive.clone();
        advice(session.mailbox()?.open(&archive, Access::ReadWrite).await)
    };
    "advice of fetch": |session| {
        let id = session.ids[1].clone();
        advice(match session.mailbox()?.fetch(&id, &Part::Whole).await {
            Ok(body) => body.collect(1 << 20).await,
            Err(error) => Err(error),
        })
    };
    "advice of copy": |session| {
        let (ids, archive) = (all(session), session.archive.clone());
        advice(session.mailbox()?.copy(&ids, &archive).await)
    };
    "advice of next change": |session| advice(session.mailbox()?.next_change().await);
    "advice of close": |session| advice(session.mailbox()?.close().await);
    "advice of append": |session| {
        let message = [b'x'; 300];
        advice(append(session, 300, &mut &message[..]).await)
    };
    "advice of append with a NUL": |session| {
        advice(append(session, 6, &mut &b"a\r\n\0\r\n"[..]).await)
    };
    "advice of append from a silent reader": |session| {
        advice(append(session, 300, &mut Silent).await)
    };
    "append with a date": |session| {
        let archive = session.archive.clone();
        let mut received = DateTime::day(2026, 11, 24).unwrap();
        (received.hour, received.minute, received.offset_minutes) = (9, 30, 60);
        let options = Append::new(11).with_received(received);
        let mut message = &b"bare bare\r\n"[..];
        advice(session.mailbox()?.append(&archive, &options, &mut message).await)
    };

    "next change, timed": |session| {
        in_pieces(session.mailbox()?, TWO_HOURS, change).await
    };
    "next change in pieces of 30 s": |session| {
        in_pieces(session.mailbox()?, seconds(30), change).await
    };
    "status in pieces of 30 s": |session| {
        in_pieces(session.mailbox()?, seconds(30), async |mailbox| mailbox.status().await).await
    };
    "status, timed": |session| {
        in_pieces(session.mailbox()?, TWO_HOURS, async |mailbox| mailbox.status().await).await
    };
    "search, timed": |session| {
        let search = async |mailbox: &mut dyn Mailbox| mailbox.search(&Query::Unseen).await;
        in_pieces(session.mailbox()?, TWO_HOURS, search).await
    };
    "login, timed": |session| {
        let start = Instant::now();
        timed(start, session.connect().await)
    };
    "fetch in pieces of 10 s": |session| {
        let id = session.ids[1].clone();
        let start = Instant::now();
        let mut body = match session.mailbox()?.fetch(&id, &Part::Whole).await {
            Ok(body) => body,
            Err(error) => return timed(start, Err::<(), _>(error)),
        };
        while start.elapsed() < TWO_HOURS {
            match timeout(seconds(10), body.chunk()).await {
                Ok(Ok(Some(_))) | Err(_) => {}
                Ok(Ok(None)) => return timed(start, Ok("complete")),
                Ok(Err(error)) => return timed(start, Err::<(), _>(error)),
            }
        }
        Ok("nothing for two hours".into())
    };
    "look after ten minutes": |session| {
        sleep(seconds(600)).await;
        advice(session.mailbox()?.status().await)
    };

    "folder roles": |session| {
        match session.mailbox()?.folders(&Folders::all()).await {
            Ok(folders) => {
                let role = |folder: &Folder| {
                    folder.role.map_or_else(String::new, |role| format!(" {role:?}"))
                };
                let shown = |folder: Folder| format!("{}{}", folder.name, role(&folder));
                Ok(folders.into_iter().map(shown).collect::<Vec<_>>().join("; "))
            }
            Err(error) => Err(failure(&error)),
        }
    };
    "features": |session| Ok(format!("{:?}", session.mailbox()?.features()));
    "selected": |session| {
        let selected = session.mailbox()?.selected();
        Ok(selected.map_or_else(|| "nothing".into(), |open| format!("{} {:?}", open.name, open.access)))
    };
    "rows": |session| Ok(rows(session.mailbox()?, &List::all()).await);
    "newest row": |session| Ok(rows(session.mailbox()?, &List::newest(1)).await);
    "rows with subjects": |session| {
        Ok(rows(session.mailbox()?, &List::all().with_envelopes()).await)
    };
    "rows with subjects of all": |session| {
        let request = List::ids(all(session)).with_envelopes();
        Ok(rows(session.mailbox()?, &request).await)
    };
    "search unseen": |session| {
        match session.mailbox()?.search(&Query::Unseen).await {
            Ok(found) => {
                let ids: Vec<String> = found.ids.iter().map(|id| id.to_string()).collect();
                Ok(without_session(&ids.join(" ")))
            }
            Err(error) => Err(failure(&error)),
        }
    };
    "delete all": |session| {
        let ids = all(session);
        advice(session.mailbox()?.delete(&ids))
    };
    "delete first": |session| {
        let first = IdSet::from(&session.ids[0]);
        advice(session.mailbox()?.delete(&first))
    };
    "delete second": |session| {
        let second = IdSet::from(&session.ids[1]);
        advice(session.mailbox()?.delete(&second))
    };
    "copy all": |session| {
        let (ids, archive) = (all(session), session.archive.clone());
        told(session.mailbox()?.copy(&ids, &archive).await)
    };
    "move all": |session| {
        let (ids, archive) = (all(session), session.archive.clone());
        told(session.mailbox()?.move_to(&ids, &archive).await)
    };
    "flag all": |session| {
        let ids = all(session);
        let flags = Flags::new().with_flagged();
        told(session.mailbox()?.set_flags(&ids, FlagChange::Add, &flags).await)
    };
    "open inbox in small letters": |session| {
        let inbox = "inbox".parse().unwrap();
        advice(session.mailbox()?.open(&inbox, Access::ReadWrite).await)
    };
    "open INBOX": |session| {
        let inbox = "INBOX".parse().unwrap();
        advice(session.mailbox()?.open(&inbox, Access::ReadWrite).await)
    };
    "drop open Archive after 1 s": |session| {
        let archive = session.archive.clone();
        let opening = session.mailbox()?.open(&archive, Access::ReadWrite);
        Ok(timeout(seconds(1), opening).await.map_or("dropped", |_| "opened").into())
    };
}
