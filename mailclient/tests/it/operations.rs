//! What the tests do to a session: the one place that calls the methods of a mailbox for them.

mod folders;
mod reading;

use std::{fmt, num::NonZeroU32, ops::Range, time::Duration};

use mail_harness::operation::{Answer, Doing, Failure, Operation};
use mailclient::{
    Access, Append, DateTime, Error, FlagChange, Flags, FolderName, Folders, IdSet, List, Mailbox,
    MessageId, NewFolder, Part, Query, Report, SortBy, SortKey, SyncState, ThreadBy,
};
use tokio::{
    task::yield_now,
    time::{sleep, timeout},
};

pub(crate) use self::reading::fetch;
use self::{
    folders::{
        COUNTS, CREATE, EXAMINE, FOLDERS, NAMESPACES, OPEN, QUOTA, REMOVE, RENAME, RIGHTS,
        STATUS_OF, SUBSCRIBE,
    },
    reading::{
        DECODED, ENVELOPES, FETCH, FETCH_MANY, HEADERS, LEAVE_ENVELOPES, LEAVE_MANY, LIST, NEWEST,
        SECTION, STRUCTURE, STRUCTURES, first_bodies, first_chunks, first_rows, parts,
    },
};
use crate::session::{Session, failure, without_session};

/// The text of a value, or the class of an error.
fn answer<T: fmt::Debug>(result: Result<T, Error>) -> Answer {
    result.map(|value| without_session(&format!("{value:?}"))).map_err(|error| failure(&error))
}

/// The rows of a report. One that is complete although the connection ended says both.
pub(crate) fn told(report: Result<Report, Error>) -> Answer {
    let report = match report {
        Ok(report) => report,
        Err(error) => return Err(failure(&error)),
    };
    let rows: Vec<String> = report.iter().map(|(id, what)| format!("{id}: {what:?}")).collect();
    let then =
        report.cause().map_or(String::new(), |cause| format!(", then {}", failure(cause).class));
    Ok(without_session(&format!("{rows:?}{then}")))
}

/// The rows of a listing, one by one: messages whose row cannot be read are told.
async fn rows(mailbox: &mut dyn Mailbox, request: &List) -> Answer {
    let mut text = Vec::new();
    let mut rows = mailbox.list(request).await.map_err(|error| failure(&error))?;
    while let Some(row) = rows.next().await {
        match row {
            Ok(row) => text.push(format!("{row:?}")),
            Err(Error::Damaged(damage)) if damage.id.is_some() => text.push(damage.to_string()),
            Err(error) => return Err(failure(&error)),
        }
    }
    Ok(without_session(&text.join(" ")))
}

/// The deadline of several commands, of which one may take 300 seconds.
const SEVERAL: Duration = Duration::from_secs(500);

pub(crate) const LOGIN: Operation<Session> = Operation::<Session>::new("login", |session| {
    Box::pin(async move {
        let connected = answer(session.connect().await)?;
        if session.server.is_some() && session.ids.is_empty() {
            ids(session, 0..4).await?;
        }
        Ok(connected)
    })
})
.within(SEVERAL);

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

/// The ids of the open folder, oldest first.
pub(crate) async fn listed(session: &mut Session) -> Result<Vec<MessageId>, Failure> {
    let rows = match session.mailbox()?.list(&List::all()).await {
        Ok(rows) => rows.collect(1000).await,
        Err(error) => Err(error),
    };
    let rows = rows.map_err(|error| failure(&error))?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

pub(crate) async fn open(session: &mut Session, folder: &FolderName) -> Answer {
    answer(session.mailbox()?.open(folder, Access::ReadWrite).await)
}

pub(crate) async fn set_flags(
    session: &mut Session,
    ids: &[MessageId],
    change: FlagChange,
    flags: &Flags,
) -> Answer {
    told(session.mailbox()?.set_flags(&ids.iter().collect(), change, flags).await)
}

pub(crate) async fn copy(session: &mut Session, ids: &[MessageId], folder: &FolderName) -> Answer {
    told(session.mailbox()?.copy(&ids.iter().collect(), folder).await)
}

pub(crate) async fn move_to(
    session: &mut Session,
    ids: &[MessageId],
    folder: &FolderName,
) -> Answer {
    told(session.mailbox()?.move_to(&ids.iter().collect(), folder).await)
}

pub(crate) async fn append(
    session: &mut Session,
    folder: &FolderName,
    flags: &Flags,
    message: &[u8],
) -> Answer {
    let options = Append::new(message.len() as u64).with_flags(flags.clone());
    let mut reader = message;
    answer(session.mailbox()?.append(folder, &options, &mut reader).await)
}

pub(crate) async fn delete(session: &mut Session, ids: &[MessageId]) -> Answer {
    answer(session.mailbox()?.delete(&ids.iter().collect()))
}

const SEARCH: Operation<Session> = Operation::<Session>::new("search", |session| {
    Box::pin(async move { answer(session.mailbox()?.search(&Query::words("cid")).await) })
})
.taking_long()
.needing("Search");

const SORT: Operation<Session> = Operation::<Session>::new("sort", |session| {
    Box::pin(async move {
        let by = [SortBy::descending(SortKey::Size), SortBy::ascending(SortKey::Date)];
        answer(session.mailbox()?.sort(&Query::All, &by).await)
    })
})
.taking_long()
.needing("Sort");

const THREAD: Operation<Session> = Operation::<Session>::new("thread", |session| {
    Box::pin(async move {
        let (query, by) = (!Query::text("grün"), ThreadBy::References);
        answer(session.mailbox()?.thread(&query, by).await)
    })
})
.taking_long()
.needing("Threads");

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
        let (ids, archive) = (ids(session, 1..3).await?, session.archive.clone());
        copy(session, &ids, &archive).await
    })
})
.changing()
.taking_long()
.within(SEVERAL)
.needing("Copy");

const MOVE: Operation<Session> = Operation::<Session>::new("move", |session| {
    Box::pin(async move {
        let (ids, archive) = (ids(session, 0..1).await?, session.archive.clone());
        move_to(session, &ids, &archive).await
    })
})
.changing()
.taking_long()
.within(SEVERAL)
.needing("Move");

const APPEND: Operation<Session> = Operation::<Session>::new("append", |session| {
    Box::pin(async move {
        let message = b"Subject: new\r\n\r\n".iter().chain(&[b'x'; 300]).copied();
        let message: Vec<u8> = message.collect();
        let archive = session.archive.clone();
        append(session, &archive, &Flags::new(), &message).await
    })
})
.changing()
.may_leave(&["Closed"])
.needing("Append");

const REPLACE: Operation<Session> = Operation::<Session>::new("replace", |session| {
    Box::pin(async move {
        let (ids, message) = (ids(session, 0..1).await?, b"Subject: new\r\n\r\nnew\r\n".repeat(9));
        // Listed later: the clock of the server would tell how long the session took.
        let received = DateTime::day(2026, 3, 3).unwrap();
        let options = Append::new(message.len() as u64).with_received(received);
        let mut reader = &message[..];
        answer(session.mailbox()?.replace(&ids[0], &options, &mut reader).await)
    })
})
.changing()
.within(SEVERAL)
.may_leave(&["Closed"])
.needing("Replace");

/// On condition that no message changed since a state far in the future.
const SET_FLAGS_IF_UNCHANGED: Operation<Session> =
    Operation::<Session>::new("set flags if unchanged", |session| {
        Box::pin(async move {
            let ids: IdSet = ids(session, 1..3).await?.iter().collect();
            let mailbox = session.mailbox()?;
            let open = mailbox.selected().and_then(|open| open.uid_validity);
            let validity = open.unwrap_or(NonZeroU32::MIN);
            let state = format!("sync1:{validity}:0:1000000::INBOX").parse().unwrap();
            let flags = Flags::new().with_flagged();
            told(mailbox.set_flags_if_unchanged(&ids, FlagChange::Add, &flags, &state).await)
        })
    })
    .changing()
    .needing("ConditionalFlags");

const SET_LABELS: Operation<Session> = Operation::<Session>::new("set labels", |session| {
    Box::pin(async move {
        let ids: IdSet = ids(session, 1..3).await?.iter().collect();
        let labels = ["Work".to_owned(), "\\Starred".to_owned()];
        told(session.mailbox()?.set_labels(&ids, FlagChange::Add, &labels).await)
    })
})
.changing()
.needing("Labels");

/// Everything is new to a new client.
const CHANGES_SINCE: Operation<Session> = Operation::<Session>::new("changes since", |session| {
    Box::pin(async move {
        let mailbox = session.mailbox()?;
        let changes = async {
            let state = SyncState::new(mailbox.selected().ok_or(Error::NoFolder)?)?;
            mailbox.changes_since(&state).await?.collect(1000).await
        };
        // A removal that stopped half-way may have set this flag, and then it is told: only here
        // are the messages shown that are marked for deletion.
        let text = answer(changes.await)?;
        Ok(text.replace("deleted: true", "deleted: false"))
    })
})
.needing("Sync");

const NEXT_CHANGE: Operation<Session> = Operation::<Session>::new("next change", |session| {
    Box::pin(async move {
        let mailbox = session.mailbox()?;
        timeout(Duration::from_secs(5), mailbox.next_change())
            .await
            .map_or_else(|_| Ok("nothing".into()), answer)
    })
})
.listening()
.leaving_work()
.needing("Changes");

/// Longer than a server lets a session be silent: [`Mailbox::keep_alive`] says something.
const QUIET: Duration = Duration::from_secs(10 * 60);

const KEEP_ALIVE: Operation<Session> = Operation::<Session>::new("keep alive", |session| {
    Box::pin(async move {
        sleep(QUIET).await;
        answer(session.mailbox()?.keep_alive().await)
    })
});

const DELETE: Operation<Session> = Operation::<Session>::new("delete", |session| {
    Box::pin(async move {
        let ids = ids(session, 3..4).await?;
        delete(session, &ids).await
    })
})
.changing()
.needing("Delete");

const UNDELETE: Operation<Session> = Operation::<Session>::new("undelete", |session| {
    Box::pin(async move {
        let ids = ids(session, 3..4).await?;
        answer(session.mailbox()?.undelete(&ids.iter().collect()))
    })
});

const EXPUNGE: Operation<Session> = Operation::<Session>::new("expunge", |session| {
    Box::pin(async move { told(session.mailbox()?.expunge().await) })
})
.changing()
.taking_long()
.needing("Expunge");

const DELETE_AND_EXPUNGE: Operation<Session> =
    Operation::<Session>::new("delete and expunge", |session| {
        Box::pin(async move {
            let ids: IdSet = ids(session, 3..4).await?.iter().collect();
            let mailbox = session.mailbox()?;
            let report = match mailbox.delete(&ids) {
                Ok(()) => mailbox.expunge().await,
                Err(error) => Err(error),
            };
            // Over POP3 the session is left as it was.
            told(mailbox.undelete(&ids).and(report))
        })
    })
    .changing()
    .needing("Expunge");

/// A mailbox that could not be closed can be used, and closed again.
pub(crate) async fn close(session: &mut Session) -> Answer {
    let closed = told(session.mailbox()?.close().await);
    if closed.is_ok() {
        session.mailbox = None;
    }
    closed
}

pub(crate) const CLOSE: Operation<Session> =
    Operation::<Session>::new("close", |session| Box::pin(close(session)))
        .ending()
        .may_leave(&["Closed"]);

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
    .needing("Delete");

const STATUS_AFTER_IDLE: Operation<Session> =
    Operation::<Session>::new("status after next change", |session| {
        Box::pin(async move {
            let mailbox = session.mailbox()?;
            let _ = timeout(Duration::from_secs(1), mailbox.next_change()).await;
            answer(mailbox.status().await)
        })
    })
    .finishing_work();

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
                Ok(Ok(change)) => return answer(Ok(change)),
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
    .leaving_work()
    .needing("Changes");

/// What the session and the server are like after an operation that was dropped.
pub(crate) const LOOK: Operation<Session> =
    Operation::<Session>::new("look", |session| Box::pin(look(session)));

/// As [`LOOK`], but without `\Deleted`: a removal that was dropped half-way may leave the flag on
/// the messages that were to be removed.
pub(crate) const LOOK_AT_REST: Operation<Session> =
    Operation::<Session>::new("look at the rest", |session| {
        Box::pin(async move {
            let seen = look(session).await?;
            Ok(seen.replace(r#""\\Deleted""#, "").replace("deleted: true", "deleted: false"))
        })
    });

async fn look(session: &mut Session) -> Answer {
    let seen = match session.mailbox() {
        Ok(mailbox) => match rows(mailbox, &List::all()).await {
            // Whether the session has ended too.
            Err(failure) if failure.class == "NoFolder" => {
                match answer(mailbox.folders(&Folders::all()).await) {
                    Err(ended) if ended.class == "Closed" => return Err(ended),
                    _ => return Err(failure),
                }
            }
            seen => seen?,
        },
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
}

/// The operations of the matrices.
pub(crate) const ALL: [Operation<Session>; 42] = [
    STATUS,
    LIST,
    NEWEST,
    ENVELOPES,
    FETCH,
    HEADERS,
    STRUCTURE,
    STRUCTURES,
    DECODED,
    FETCH_MANY,
    LEAVE_MANY,
    LEAVE_ENVELOPES,
    FOLDERS,
    COUNTS,
    STATUS_OF,
    NAMESPACES,
    CREATE,
    RENAME,
    REMOVE,
    SUBSCRIBE,
    QUOTA,
    RIGHTS,
    OPEN,
    SEARCH,
    SORT,
    THREAD,
    SET_FLAGS,
    SET_FLAGS_IF_UNCHANGED,
    SET_LABELS,
    COPY,
    MOVE,
    APPEND,
    REPLACE,
    CHANGES_SINCE,
    NEXT_CHANGE,
    KEEP_ALIVE,
    DELETE,
    UNDELETE,
    EXPUNGE,
    DELETE_AND_EXPUNGE,
    CLOSE,
    DELETE_AND_CLOSE,
];

/// Those that can be dropped half-way: one call each.
pub(crate) const SINGLE: [Operation<Session>; 39] = [
    STATUS,
    LIST,
    NEWEST,
    ENVELOPES,
    FETCH,
    HEADERS,
    STRUCTURE,
    STRUCTURES,
    DECODED,
    FETCH_MANY,
    LEAVE_MANY,
    LEAVE_ENVELOPES,
    FOLDERS,
    COUNTS,
    STATUS_OF,
    NAMESPACES,
    CREATE,
    RENAME,
    REMOVE,
    SUBSCRIBE,
    QUOTA,
    RIGHTS,
    OPEN,
    SEARCH,
    SORT,
    THREAD,
    SET_FLAGS,
    SET_FLAGS_IF_UNCHANGED,
    SET_LABELS,
    COPY,
    MOVE,
    APPEND,
    REPLACE,
    CHANGES_SINCE,
    NEXT_CHANGE,
    KEEP_ALIVE,
    DELETE,
    UNDELETE,
    CLOSE,
];

const REPLACE_FLAGS: Operation<Session> = Operation::<Session>::new("replace flags", |session| {
    Box::pin(async move {
        let ids = ids(session, 1..3).await?;
        set_flags(session, &ids, FlagChange::Replace, &Flags::new().with_seen()).await
    })
})
.changing()
.needing("Flags");

/// More that can be dropped half-way: streams that are left after some items, which is a drop
/// without a pending poll, and further calls.
pub(crate) const MORE: [Operation<Session>; 10] = [
    Operation::<Session>::new("list, a row", first_rows::<1>).leaving_work(),
    Operation::<Session>::new("list, three rows", first_rows::<3>).leaving_work(),
    Operation::<Session>::new("fetch, a piece", first_chunks::<1>).leaving_work(),
    Operation::<Session>::new("fetch, two pieces", first_chunks::<2>).leaving_work(),
    Operation::<Session>::new("fetch many, a piece", first_bodies::<0>).leaving_work(),
    Operation::<Session>::new("fetch many, a body", first_bodies::<1>).leaving_work(),
    Operation::<Session>::new("fetch part of a field", parts).needing("Sections"),
    SECTION,
    EXAMINE,
    REPLACE_FLAGS,
];

/// Those that carry out the marks of a session that has some.
pub(crate) const REMOVING: [Operation<Session>; 2] = [EXPUNGE, CLOSE.changing()];

/// The part of [`CLOSE`] that carries out the marks.
pub(crate) const REMOVAL: Operation<Session> = EXPUNGE;

/// Marks the message that [`REMOVING`] removes.
pub(crate) const MARK: Operation<Session> = DELETE;

/// Those, and what is about time.
pub(crate) const TIMED: [Operation<Session>; 2] = [STATUS_AFTER_IDLE, WATCH];
