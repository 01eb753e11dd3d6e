//! What the tests do to a session: the one place that calls the methods of a mailbox for them.

use std::{fmt, ops::Range, time::Duration};

use mail_harness::operation::{Answer, Doing, Failure, Operation};
use mailclient::{Access, Error, FlagChange, Flags, Mailbox, MessageId, Part, Query, Window};
use tokio::{task::yield_now, time::timeout};

use crate::session::{Session, failure};

/// The text of a value, or the class of an error.
fn answer<T: fmt::Debug>(result: Result<T, Error>) -> Answer {
    result.map(|value| without_session(&format!("{value:?}"))).map_err(|error| failure(&error))
}

/// Without the numbers of sessions, which are in ids that end with them: no two are the same.
fn without_session(text: &str) -> String {
    let mut parts = text.split("session: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "session: _" + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

pub(crate) const LOGIN: Operation<Session> = Operation::<Session>::new("login", |session| {
    Box::pin(async move {
        let connected = answer(session.connect().await)?;
        if session.server.is_some() && session.ids.is_empty() {
            ids(session, 0..4).await?;
        }
        Ok(connected)
    })
})
.within(Duration::from_secs(100));

pub(crate) const STATUS: Operation<Session> = Operation::<Session>::new("status", |session| {
    Box::pin(async move { answer(session.mailbox()?.status().await) })
});

/// The messages of INBOX, oldest first, those at these places. Where the ids differ between
/// sessions, they are learned at the login.
async fn ids(session: &mut Session, places: Range<usize>) -> Result<Vec<MessageId>, Failure> {
    if session.ids.is_empty() {
        session.ids = listed(session).await?;
    }
    session.ids.get(places).map(<[MessageId]>::to_vec).ok_or_else(|| Failure {
        class: "NoIds".into(),
        transient: false,
        text: format!("there are {} messages", session.ids.len()),
    })
}

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
        let ids = ids(session, 0..4).await?;
        answer(session.mailbox()?.envelopes(&ids).await)
    })
})
.needing("Headers");

/// Reads a part of the second message.
async fn read(session: &mut Session, part: Part) -> Answer {
    let ids = ids(session, 1..2).await?;
    let bytes = fetch(session, &ids[0], part).await?;
    Ok(format!("{:?}", String::from_utf8_lossy(&bytes)))
}

/// Reads a part of a message.
pub(crate) async fn fetch(
    session: &mut Session,
    id: &MessageId,
    part: Part,
) -> Result<Vec<u8>, Failure> {
    let body = match session.mailbox()?.fetch(id, part).await {
        Ok(body) => body.collect(1 << 20).await,
        Err(error) => Err(error),
    };
    body.map_err(|error| failure(&error))
}

/// The ids of the open folder, oldest first.
pub(crate) async fn listed(session: &mut Session) -> Result<Vec<MessageId>, Failure> {
    let rows = match session.mailbox()?.list(Window::All).await {
        Ok(rows) => rows.collect(1000).await,
        Err(error) => Err(error),
    };
    let rows = rows.map_err(|error| failure(&error))?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

pub(crate) async fn open(session: &mut Session, folder: &str) -> Answer {
    answer(session.mailbox()?.open(folder, Access::ReadWrite).await)
}

pub(crate) async fn set_flags(
    session: &mut Session,
    ids: &[MessageId],
    change: FlagChange,
    flags: &Flags,
) -> Answer {
    answer(session.mailbox()?.set_flags(ids, change, flags).await)
}

pub(crate) async fn copy(session: &mut Session, ids: &[MessageId], folder: &str) -> Answer {
    answer(session.mailbox()?.copy(ids, folder).await)
}

pub(crate) async fn move_to(session: &mut Session, ids: &[MessageId], folder: &str) -> Answer {
    answer(session.mailbox()?.move_to(ids, folder).await)
}

pub(crate) async fn append(
    session: &mut Session,
    folder: &str,
    flags: &Flags,
    message: &[u8],
) -> Answer {
    let (length, mut reader) = (message.len() as u64, message);
    answer(session.mailbox()?.append(folder, flags, length, &mut reader).await)
}

pub(crate) async fn delete(session: &mut Session, ids: &[MessageId]) -> Answer {
    answer(session.mailbox()?.delete(ids).await)
}

const FETCH: Operation<Session> =
    Operation::<Session>::new("fetch", |session| Box::pin(read(session, Part::Whole)));

const HEADERS: Operation<Session> =
    Operation::<Session>::new("fetch headers", |session| Box::pin(read(session, Part::Headers)))
        .needing("Headers");

const FOLDERS: Operation<Session> = Operation::<Session>::new("folders", |session| {
    Box::pin(async move { answer(session.mailbox()?.folders().await) })
});

const OPEN: Operation<Session> = Operation::<Session>::new("open Archive", |session| {
    Box::pin(async move {
        let archive = session.archive;
        open(session, archive).await
    })
})
.needing("Folders");

const SEARCH: Operation<Session> = Operation::<Session>::new("search", |session| {
    Box::pin(async move { answer(session.mailbox()?.search(&Query::words("cid")).await) })
})
.taking_long()
.needing("Search");

const SET_FLAGS: Operation<Session> = Operation::<Session>::new("set flags", |session| {
    Box::pin(async move {
        let ids = ids(session, 1..3).await?;
        set_flags(session, &ids, FlagChange::Add, &Flags::new().with_flagged()).await
    })
})
.changing()
.needing("Flags");

const COPY: Operation<Session> = Operation::<Session>::new("copy", |session| {
    Box::pin(async move {
        let ids = ids(session, 1..3).await?;
        let archive = session.archive;
        copy(session, &ids, archive).await
    })
})
.changing()
.taking_long()
.needing("Copy");

const MOVE: Operation<Session> = Operation::<Session>::new("move", |session| {
    Box::pin(async move {
        let ids = ids(session, 0..1).await?;
        let archive = session.archive;
        move_to(session, &ids, archive).await
    })
})
.changing()
.taking_long()
.needing("Move");

const APPEND: Operation<Session> = Operation::<Session>::new("append", |session| {
    Box::pin(async move {
        let message = b"Subject: new\r\n\r\n".iter().chain(&[b'x'; 300]).copied();
        let message: Vec<u8> = message.collect();
        let archive = session.archive;
        append(session, archive, &Flags::new(), &message).await
    })
})
.changing()
.taking_long()
.may_leave(&["Closed"])
.needing("Append");

const NEXT_CHANGE: Operation<Session> = Operation::<Session>::new("next change", |session| {
    Box::pin(async move {
        let mailbox = session.mailbox()?;
        timeout(Duration::from_secs(5), mailbox.next_change())
            .await
            .map_or_else(|_| Ok("nothing".into()), answer)
    })
})
.listening()
.needing("Changes");

const DELETE: Operation<Session> = Operation::<Session>::new("delete", |session| {
    Box::pin(async move {
        let ids = ids(session, 3..4).await?;
        delete(session, &ids).await
    })
})
.changing()
.needing("Delete");

pub(crate) async fn close(session: &mut Session) -> Answer {
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
            let ids = ids(session, 3..4).await?;
            delete(session, &ids).await?;
            close(session).await
        })
    })
    .changing()
    .ending()
    .taking_long()
    .needing("Delete");

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

const WATCH: Operation<Session> = Operation::<Session>::new("watch in pieces", watch)
    .within(Duration::from_secs(45 * 60))
    .needing("Changes");

/// What the session and the server are like after an operation that was dropped.
pub(crate) const LOOK: Operation<Session> = Operation::<Session>::new("look", |session| {
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
            let messages = session.server().messages("alice", folder).unwrap_or_default();
            let rows = messages.iter().map(|stored| (stored.uid, stored.flags.clone()));
            rows.collect::<Vec<_>>()
        });
        Ok(format!("{stored:?}, seen: {seen}"))
    })
});

/// Every operation that can be dropped, and those that end a session.
pub(crate) const ALL: [Operation<Session>; 17] = [
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
pub(crate) const TIMED: [Operation<Session>; 2] = [STATUS_AFTER_IDLE, WATCH];
