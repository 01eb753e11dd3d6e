//! What the matrices do to a session.

use std::{fmt, time::Duration};

use mail_harness::operation::{Answer, Doing, Failure, Operation};
use mailclient::{Access, Error, FlagChange, Flags, Mailbox, Part, Query, Window};
use tokio::{task::yield_now, time::timeout};

use super::{Session, failure};

/// The text of a value, or the class of an error.
fn answer<T: fmt::Debug>(result: Result<T, Error>) -> Answer {
    result.map(|value| format!("{value:?}")).map_err(|error| failure(&error))
}

pub(super) const LOGIN: Operation<Session> = Operation::<Session>::new("login", |session| {
    Box::pin(async move { answer(session.connect().await) })
})
.within(Duration::from_secs(100));

pub(super) const STATUS: Operation<Session> = Operation::<Session>::new("status", |session| {
    Box::pin(async move { answer(session.mailbox()?.status().await) })
});

async fn rows(mailbox: &mut dyn Mailbox, window: Window) -> Answer {
    let rows = match mailbox.list(window).await {
        Ok(rows) => rows.collect(1000).await,
        Err(error) => Err(error),
    };
    answer(rows)
}

const LIST: Operation<Session> = Operation::<Session>::new("list", |session| {
    Box::pin(async move { rows(session.mailbox()?, Window::All).await })
});

const NEWEST: Operation<Session> = Operation::<Session>::new("list newest", |session| {
    Box::pin(async move { rows(session.mailbox()?, Window::Newest(2)).await })
});

const ENVELOPES: Operation<Session> = Operation::<Session>::new("envelopes", |session| {
    Box::pin(async move {
        let ids = session.ids.clone();
        answer(session.mailbox()?.envelopes(&ids).await)
    })
});

/// Reads a part of the second message.
async fn read(session: &mut Session, part: Part) -> Answer {
    let id = session.ids[1].clone();
    let body = match session.mailbox()?.fetch(&id, part).await {
        Ok(body) => body.collect(1 << 20).await,
        Err(error) => Err(error),
    };
    answer(body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

const FETCH: Operation<Session> =
    Operation::<Session>::new("fetch", |session| Box::pin(read(session, Part::Whole)));

const HEADERS: Operation<Session> =
    Operation::<Session>::new("fetch headers", |session| Box::pin(read(session, Part::Headers)));

const FOLDERS: Operation<Session> = Operation::<Session>::new("folders", |session| {
    Box::pin(async move { answer(session.mailbox()?.folders().await) })
});

const OPEN: Operation<Session> = Operation::<Session>::new("open Archive", |session| {
    Box::pin(async move { answer(session.mailbox()?.open("Archive", Access::ReadWrite).await) })
});

const SEARCH: Operation<Session> = Operation::<Session>::new("search", |session| {
    Box::pin(async move { answer(session.mailbox()?.search(&Query::words("cid")).await) })
})
.taking_long();

const SET_FLAGS: Operation<Session> = Operation::<Session>::new("set flags", |session| {
    Box::pin(async move {
        let ids = session.ids[1..3].to_vec();
        let flags = Flags::new().with_flagged();
        answer(session.mailbox()?.set_flags(&ids, FlagChange::Add, &flags).await)
    })
})
.changing();

const COPY: Operation<Session> = Operation::<Session>::new("copy", |session| {
    Box::pin(async move {
        let ids = session.ids[1..3].to_vec();
        answer(session.mailbox()?.copy(&ids, "Archive").await)
    })
})
.changing()
.taking_long();

const MOVE: Operation<Session> = Operation::<Session>::new("move", |session| {
    Box::pin(async move {
        let ids = session.ids[..1].to_vec();
        answer(session.mailbox()?.move_to(&ids, "Archive").await)
    })
})
.changing()
.taking_long();

const APPEND: Operation<Session> = Operation::<Session>::new("append", |session| {
    Box::pin(async move {
        let message = b"Subject: new\r\n\r\n".iter().chain(&[b'x'; 300]).copied();
        let message: Vec<u8> = message.collect();
        let (octets, mut reader) = (message.len() as u64, &message[..]);
        answer(session.mailbox()?.append("Archive", &Flags::new(), octets, &mut reader).await)
    })
})
.changing()
.taking_long()
.may_leave(&["Closed"]);

const NEXT_CHANGE: Operation<Session> = Operation::<Session>::new("next change", |session| {
    Box::pin(async move {
        let mailbox = session.mailbox()?;
        timeout(Duration::from_secs(5), mailbox.next_change())
            .await
            .map_or_else(|_| Ok("nothing".into()), answer)
    })
})
.listening();

const DELETE: Operation<Session> = Operation::<Session>::new("delete", |session| {
    Box::pin(async move {
        let ids = session.ids[3..].to_vec();
        answer(session.mailbox()?.delete(&ids).await)
    })
})
.changing();

async fn close(session: &mut Session) -> Answer {
    session.mailbox()?;
    match session.mailbox.take() {
        Some(mailbox) => answer(mailbox.close().await),
        None => Ok(String::new()),
    }
}

const CLOSE: Operation<Session> =
    Operation::<Session>::new("close", |session| Box::pin(close(session))).ending();

const DELETE_AND_CLOSE: Operation<Session> =
    Operation::<Session>::new("delete and close", |session| {
        Box::pin(async move {
            let ids = session.ids[3..].to_vec();
            session.mailbox()?.delete(&ids).await.map_err(|error| failure(&error))?;
            close(session).await
        })
    })
    .changing()
    .ending()
    .taking_long();

const STATUS_AFTER_IDLE: Operation<Session> =
    Operation::<Session>::new("status after next change", |session| {
        Box::pin(async move {
            let mailbox = session.mailbox()?;
            let _ = timeout(Duration::from_secs(1), mailbox.next_change()).await;
            answer(mailbox.status().await)
        })
    });

/// Waits for changes for two hours, in pieces of five minutes, as an application does that looks at
/// other things in between. RFC 2177: a client ends its IDLE at least every 29 minutes.
fn watch(session: &mut Session) -> Doing<'_, Answer> {
    Box::pin(async move {
        let wire = session.wire.clone();
        let mailbox = session.mailbox()?;
        let (mut written, mut quiet) = (wire.bytes_written(), 0);
        for _ in 0..24 {
            match timeout(Duration::from_secs(300), mailbox.next_change()).await {
                Ok(Err(error)) => return Err(failure(&error)),
                Ok(Ok(change)) => return Ok(format!("{change:?}")),
                Err(_) => {}
            }
            quiet = if wire.bytes_written() == written { quiet + 5 } else { 0 };
            written = wire.bytes_written();
            if quiet >= 30 {
                let text = format!("nothing was sent for {quiet} minutes");
                return Err(Failure { class: "Silent".into(), transient: true, text });
            }
        }
        Ok("nothing".into())
    })
}

const WATCH: Operation<Session> =
    Operation::<Session>::new("watch in pieces", watch).within(Duration::from_secs(45 * 60));

/// What the session and the server are like after an operation that was dropped.
pub(super) const LOOK: Operation<Session> = Operation::<Session>::new("look", |session| {
    Box::pin(async move {
        let seen = match session.mailbox() {
            Ok(mailbox) => rows(mailbox, Window::All).await?,
            Err(_) => {
                // The server works on what it has heard.
                for _ in 0..100 {
                    yield_now().await;
                }
                "no session".into()
            }
        };
        let stored = ["INBOX", "Archive"].map(|folder| {
            let messages = session.server.messages("alice", folder).unwrap_or_default();
            let rows = messages.iter().map(|stored| (stored.uid, stored.flags.clone()));
            rows.collect::<Vec<_>>()
        });
        Ok(format!("{stored:?}, seen: {seen}"))
    })
});

/// Every operation that can be dropped, and those that end a session.
pub(super) const ALL: [Operation<Session>; 17] = [
    STATUS,
    LIST,
    NEWEST,
    ENVELOPES,
    FETCH,
    HEADERS,
    FOLDERS,
    OPEN,
    SEARCH,
    SET_FLAGS,
    COPY,
    MOVE,
    APPEND,
    NEXT_CHANGE,
    DELETE,
    CLOSE,
    DELETE_AND_CLOSE,
];

/// Those, and what is about time.
pub(super) const TIMED: [Operation<Session>; 2] = [STATUS_AFTER_IDLE, WATCH];
