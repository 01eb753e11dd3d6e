//! What is about folders: which there are, their changes, quotas, rights, and opening one.

use super::*;

pub(super) const FOLDERS: Operation<Session> = Operation::<Session>::new("folders", |session| {
    Box::pin(async move { answer(session.mailbox()?.folders(&Folders::all()).await) })
})
.needing("Folders");

pub(super) const COUNTS: Operation<Session> =
    Operation::<Session>::new("folders counted", |session| {
        Box::pin(
            async move { answer(session.mailbox()?.folders(&Folders::all().with_counts()).await) },
        )
    })
    .within(SEVERAL)
    .needing("Folders");

pub(super) const STATUS_OF: Operation<Session> =
    Operation::<Session>::new("status of", |session| {
        Box::pin(async move {
            let archive = session.archive.clone();
            answer(session.mailbox()?.status_of(&archive).await)
        })
    })
    .needing("Folders");

pub(super) const NAMESPACES: Operation<Session> =
    Operation::<Session>::new("namespaces", |session| {
        Box::pin(async move { answer(session.mailbox()?.namespaces().await) })
    })
    .needing("Namespaces");

/// The name of a folder that is not there.
fn another(session: &Session) -> FolderName {
    session.archive.as_str().replace("Archive", "Another").parse().unwrap()
}

pub(super) const CREATE: Operation<Session> = Operation::<Session>::new("create", |session| {
    Box::pin(async move {
        let folder = NewFolder::new(another(session));
        answer(session.mailbox()?.create(&folder).await)
    })
})
.changing()
.needing("FolderChanges");

pub(super) const RENAME: Operation<Session> = Operation::<Session>::new("rename", |session| {
    Box::pin(async move {
        let (archive, another) = (session.archive.clone(), another(session));
        answer(session.mailbox()?.rename(&archive, &another).await)
    })
})
.changing()
.taking_long()
.needing("FolderChanges");

pub(super) const REMOVE: Operation<Session> = Operation::<Session>::new("remove", |session| {
    Box::pin(async move {
        let archive = session.archive.clone();
        answer(session.mailbox()?.remove(&archive).await)
    })
})
.changing()
.taking_long()
.needing("FolderChanges");

pub(super) const SUBSCRIBE: Operation<Session> =
    Operation::<Session>::new("subscribe", |session| {
        Box::pin(async move {
            let archive = session.archive.clone();
            answer(session.mailbox()?.subscribe(&archive, true).await)
        })
    })
    .changing()
    .needing("FolderChanges");

pub(super) const QUOTA: Operation<Session> = Operation::<Session>::new("quota", |session| {
    Box::pin(async move { answer(session.mailbox()?.quota(&FolderName::inbox()).await) })
})
.needing("Quota");

pub(super) const RIGHTS: Operation<Session> = Operation::<Session>::new("rights", |session| {
    Box::pin(async move { answer(session.mailbox()?.rights(&FolderName::inbox()).await) })
})
.needing("Rights");

pub(super) const OPEN: Operation<Session> = Operation::<Session>::new("open Archive", |session| {
    Box::pin(async move {
        let archive = session.archive.clone();
        open(session, &archive).await
    })
})
.may_leave(&["NoFolder"])
.needing("Folders");

pub(super) const EXAMINE: Operation<Session> =
    Operation::<Session>::new("open Archive to read", |session| {
        Box::pin(async move {
            let archive = session.archive.clone();
            answer(session.mailbox()?.open(&archive, Access::ReadOnly).await)
        })
    })
    .may_leave(&["NoFolder"])
    .needing("Folders");
