//! Folders, quotas and rights, on servers that play a script.

mod changes;

use mailclient::{
    Access, Account, Change, Credentials, Error, Feature, Folder, FolderScope, Folders, IdSet,
    Mailbox, Namespace, NewFolder, Owner, Protocol, QuotaResource, Right, Role, RoleSource,
    SizeHint,
};

use crate::support::{account, folder, log_in};

/// A session with INBOX open, which has three messages, on a server with these capabilities.
async fn opened_at(account: &Account, capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    let mut account = account.clone();
    account.preauth = true;
    let text = format!(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] ready
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    log_in(&text, &account, &Credentials::password("unused")).await.unwrap()
}

async fn opened(capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    opened_at(&account(Protocol::Imap), capabilities, then).await
}

fn named<'f>(folders: &'f [Folder], name: &str) -> &'f Folder {
    folders.iter().find(|folder| folder.name.as_str() == name).unwrap()
}

/// The number of messages, and of unseen ones.
type Count = (u64, Option<u64>);

/// The names of folders with their counts.
fn counts(folders: &[Folder]) -> Vec<(&str, Option<Count>)> {
    let count =
        |folder: &Folder| folder.status.as_ref().map(|status| (status.messages, status.unseen));
    folders.iter().map(|folder| (folder.name.as_str(), count(folder))).collect()
}

fn names(folders: &[Folder]) -> Vec<&str> {
    folders.iter().map(|folder| folder.name.as_str()).collect()
}

fn is_unsupported<T: std::fmt::Debug>(answer: mailclient::Result<T>, feature: Feature) {
    assert!(matches!(answer, Err(Error::Unsupported(found)) if found == feature), "{answer:?}");
}

const FULL: &str = "LIST-EXTENDED LIST-STATUS SPECIAL-USE STATUS=SIZE UIDPLUS";

#[tokio::test(start_paused = true)]
async fn everything_about_folders_comes_in_one_round_trip() {
    let mut mailbox = opened(
        FULL,
        r#"
        C: $1 LIST "" "*" RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN SIZE))
        S: * LIST (\HasNoChildren \Sent \Subscribed) "/" Gesendet
        S: * STATUS Gesendet (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 7 UNSEEN 0 SIZE 9)
        S: * LIST (\HasChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 3 UIDNEXT 60 UIDVALIDITY 14 UNSEEN 2 SIZE 90)
        S: * LIST (\Noinferiors) "/" INBOX/Drafts
        S: * LIST (\NonExistent \HasChildren) "/" Level
        S: $1 OK done"#,
    )
    .await;
    let folders = mailbox.folders(&Folders::all().with_counts()).await.unwrap();
    assert_eq!(
        counts(&folders),
        [
            ("INBOX", Some((3, Some(2)))),
            ("Gesendet", Some((5, Some(0)))),
            ("INBOX/Drafts", None),
            ("Level", None)
        ]
    );
    let sent = named(&folders, "Gesendet");
    assert_eq!((sent.role, sent.role_source), (Some(Role::Sent), Some(RoleSource::Server)));
    assert_eq!((sent.subscribed, sent.children, sent.inferiors), (Some(true), Some(false), true));
    let status = sent.status.as_ref().unwrap();
    assert_eq!(status.size, Some(SizeHint::new(9)));
    assert_eq!(status.deleted, None, "this server has no DELETED");
    let drafts = named(&folders, "INBOX/Drafts");
    assert_eq!((drafts.role, drafts.role_source), (Some(Role::Drafts), Some(RoleSource::Name)));
    assert_eq!(
        (drafts.subscribed, drafts.children, drafts.inferiors),
        (Some(false), Some(false), false)
    );
    assert_eq!((drafts.leaf(), drafts.parent()), ("Drafts", Some(folder("INBOX"))));
    let level = named(&folders, "Level");
    assert_eq!((level.selectable, level.exists, level.children), (false, false, Some(true)));
}

/// Exchange Online: one round trip for the names, one for the counts, one for the open folder.
#[tokio::test(start_paused = true)]
async fn counts_without_list_status_are_asked_for_at_once() {
    let mut mailbox = opened(
        "",
        r#"
        C: $1 LIST "" "*"
        S: * LIST () "/" Work
        S: * LIST () "/" INBOX
        S: * LIST () "/" Entw&APw-rfe
        S: * LIST (\Noselect) "/" Level
        S: * LIST () "/" Calendar
        S: $1 OK done
        C: $1 STATUS Work (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
        C: $2 STATUS Entw&APw-rfe (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
        C: $3 STATUS Calendar (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
        S: $3 NO [NOPERM] not for mail
        S: * STATUS "Entw&APw-rfe" (MESSAGES 2 UNSEEN 1)
        S: $2 OK done
        S: * STATUS Work (MESSAGES 5 UNSEEN 0)
        S: $1 OK done
        C: $1 UID SEARCH UNSEEN
        S: * 4 EXISTS
        S: * SEARCH 7 9
        S: $1 OK done"#,
    )
    .await;
    let folders = mailbox.folders(&Folders::all().with_counts()).await.unwrap();
    assert_eq!(
        counts(&folders),
        [
            ("INBOX", Some((4, Some(2)))),
            ("Work", Some((5, Some(0)))),
            ("Entwürfe", Some((2, Some(1)))),
            ("Level", None),
            ("Calendar", None)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_count_that_is_refused_for_now_is_an_error() {
    let mut mailbox = opened(
        "",
        r#"
        C: $1 LIST "" "*"
        S: * LIST () "/" Work
        S: $1 OK done
        C: $1 STATUS Work (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
        S: $1 NO [INUSE] later
        C: $1 LIST "" "*"
        S: $1 BAD Request is throttled. Suggested Backoff Time: 500 milliseconds"#,
    )
    .await;
    for _ in 0..2 {
        let error = mailbox.folders(&Folders::all().with_counts()).await.unwrap_err();
        assert!(error.is_transient() && matches!(error, Error::Refused(_)), "{error}");
    }
}

/// Proton announces what it refuses, Strato what it answers with nothing.
#[tokio::test(start_paused = true)]
async fn plain_list_is_used_where_the_other_fails() {
    for answer in ["S: $1 BAD no", "S: $1 OK done"] {
        let mut mailbox = opened(
            "SPECIAL-USE",
            &format!(
                r#"
                C: $1 LIST "" "*" RETURN (SPECIAL-USE)
                {answer}
                C: $1 LIST "" "*"
                S: * LIST (\Sent) "." Sent
                S: $1 OK done"#
            ),
        )
        .await;
        let folders = mailbox.folders(&Folders::all()).await.unwrap();
        assert_eq!(names(&folders), ["Sent"]);
        assert_eq!((folders[0].subscribed, folders[0].children), (None, None), "not told");
    }
    let mut mailbox =
        opened("SPECIAL-USE", "C: $1 LIST \"\" \"*\" RETURN (SPECIAL-USE)\nS: $1 NO [INUSE] later")
            .await;
    assert!(mailbox.folders(&Folders::all()).await.unwrap_err().is_transient());
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_does_not_cost_the_others() {
    let mut mailbox = opened(
        "",
        r#"
        C: $1 LIST "" "*"
        S: * LIST () "/" "Clients\"
        S: * LIST () "/" {4}
        S: a
        S: b
        S: * LIST () "/" Sent
        S: * LIST () / odd
        S: * LIST () "/" INBOX
        S: $1 OK done"#,
    )
    .await;
    let folders = mailbox.folders(&Folders::all()).await.unwrap();
    let (damaged, whole): (Vec<_>, Vec<_>) =
        folders.iter().partition(|folder| folder.damage.is_some());
    let whole: Vec<_> = whole.iter().map(|folder| folder.name.as_str()).collect();
    assert_eq!(whole, ["INBOX", "Clients\\", "Sent"]);
    let raw: Vec<_> =
        damaged.iter().map(|folder| folder.damage.as_ref().unwrap().raw.clone()).collect();
    assert_eq!(raw, [&b"a\r\nb"[..], b"* LIST () / odd\r\n"]);
    assert!(damaged.iter().all(|folder| !folder.selectable && !folder.exists), "{damaged:?}");
}

#[tokio::test(start_paused = true)]
async fn the_provider_knows_the_names_of_its_folders() {
    let mut account = account(Protocol::Imap);
    account.host = "outlook.office365.com".into();
    let list = r#"
        C: $1 LIST "" "*"
        S: * LIST () "/" Sent
        S: * LIST () "/" "Sent Items"
        S: * LIST () "/" "Junk Email"
        S: * LIST () "/" Papierkorb
        S: * LIST () "/" Work/Drafts
        S: $1 OK done"#;
    let roles = |folders: Vec<Folder>| {
        let role = |folder: Folder| (folder.name.to_string(), folder.role.zip(folder.role_source));
        folders.into_iter().map(role).collect::<Vec<_>>()
    };
    let mut mailbox = opened_at(&account, "", list).await;
    let found = roles(mailbox.folders(&Folders::all()).await.unwrap());
    let by = |name: &str, role| (name.to_owned(), role);
    assert_eq!(
        found,
        [
            by("Sent", None),
            by("Sent Items", Some((Role::Sent, RoleSource::Provider))),
            by("Junk Email", Some((Role::Junk, RoleSource::Provider))),
            by("Papierkorb", Some((Role::Trash, RoleSource::Name))),
            by("Work/Drafts", None),
        ]
    );
    let mut mailbox = opened("", list).await;
    let found = roles(mailbox.folders(&Folders::all()).await.unwrap());
    assert_eq!(found[1], by("Sent Items", Some((Role::Sent, RoleSource::Name))));
}

#[tokio::test(start_paused = true)]
async fn subscribed_folders_are_asked_for_as_the_server_can() {
    let mut mailbox = opened(
        "",
        r#"
        C: $1 LSUB "" "%"
        S: * LSUB () "." Lists
        S: * LSUB (\Noselect) "." Work
        S: $1 OK done"#,
    )
    .await;
    let folders = mailbox.folders(&Folders::subscribed().one_level()).await.unwrap();
    assert_eq!(names(&folders), ["Lists", "Work"]);
    let told = |folder: &Folder| (folder.subscribed, folder.selectable);
    assert_eq!(told(&folders[0]), (Some(true), true));
    assert_eq!(told(&folders[1]), (Some(false), false), "a level above a subscribed name");

    let mut mailbox = opened(
        "LIST-EXTENDED",
        r#"
        C: $1 LIST (SUBSCRIBED) "" "*" RETURN (SUBSCRIBED CHILDREN)
        S: * LIST (\Subscribed \NonExistent) "." Gone
        S: $1 OK done"#,
    )
    .await;
    let folders = mailbox.folders(&Folders::subscribed()).await.unwrap();
    assert_eq!((folders[0].subscribed, folders[0].exists), (Some(true), false));
}

#[tokio::test(start_paused = true)]
async fn a_name_with_wildcards_is_not_a_pattern() {
    let mut mailbox = opened(
        "",
        r#"
        C: $1 LIST "" "100%"
        S: * LIST (\HasChildren) "/" "100%"
        S: * LIST () "/" "100 and 1"
        S: $1 OK done
        C: $1 LIST "" "100%/%"
        S: * LIST () "/" "100%/&ZeVnLIqe-"
        S: * LIST () "/" "100 and 1/x"
        S: $1 OK done
        C: $1 LIST "" "&ZeVnLIqe-/*"
        S: * LIST () "/" "&ZeVnLIqe-/a/b"
        S: $1 OK done
        C: $1 LIST "" "R&D/*"
        S: $1 OK done
        C: $1 LIST "" "*2026"
        S: * LIST () "/" "Work/2026"
        S: $1 OK done"#,
    )
    .await;
    let found = mailbox.folders(&Folders::named(folder("100%"))).await.unwrap();
    assert_eq!(names(&found), ["100%"]);
    let below = mailbox.folders(&Folders::below(&found[0]).one_level()).await.unwrap();
    assert_eq!(names(&below), ["100%/日本語"]);
    let mut parent = found[0].clone();
    parent.name = folder("日本語");
    assert_eq!(names(&mailbox.folders(&Folders::below(&parent)).await.unwrap()), ["日本語/a/b"]);
    // A name that is no encoding goes back as it came, also within a pattern.
    parent.name = folder("\u{fffd}R&D");
    assert!(mailbox.folders(&Folders::below(&parent)).await.unwrap().is_empty());
    let found = mailbox.folders(&Folders::matching("*2026")).await.unwrap();
    assert_eq!(names(&found), ["Work/2026"]);
    let error = mailbox.folders(&Folders::matching("a\r\nb")).await.unwrap_err();
    assert!(matches!(error, Error::Misuse(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn shared_folders_are_found_by_their_namespace() {
    const TOLD: &str = r##"S: * NAMESPACE (("INBOX." ".")) NIL (("#shared." ".")("shared." "."))"##;
    let mut mailbox = opened(
        "NAMESPACE",
        &format!(
            r##"
            C: $1 NAMESPACE
            {TOLD}
            S: $1 OK done
            C: $1 LIST "" "#shared.*"
            S: * LIST () "." "#shared.Team"
            S: $1 OK done
            C: $1 NAMESPACE
            {TOLD}
            S: $1 OK done
            C: $1 LIST "" "*"
            S: * LIST () "." INBOX.Sent
            S: * LIST () "." INBOX
            S: * LIST () "." shared.Team
            S: $1 OK done
            C: $1 NAMESPACE
            S: * NAMESPACE nonsense
            S: $1 OK done"##
        ),
    )
    .await;
    let namespaces = mailbox.namespaces().await.unwrap();
    let namespace = |owner, prefix: &str| Namespace::new(owner, prefix, Some('.'));
    assert_eq!(
        namespaces,
        [
            namespace(Owner::Personal, "INBOX."),
            namespace(Owner::Shared, "#shared."),
            namespace(Owner::Shared, "shared.")
        ]
    );
    let shared = mailbox.folders(&Folders::within(namespaces[1].clone())).await.unwrap();
    assert_eq!((names(&shared), shared[0].owner), (vec!["#shared.Team"], None), "not asked for");
    let folders = mailbox.folders(&Folders::all().with_owners()).await.unwrap();
    let owners: Vec<_> = folders.iter().map(|folder| (folder.leaf(), folder.owner)).collect();
    assert_eq!(
        owners,
        [
            ("INBOX", Some(Owner::Personal)),
            ("Sent", Some(Owner::Personal)),
            ("Team", Some(Owner::Shared))
        ]
    );
    let error = mailbox.namespaces().await.unwrap_err();
    assert!(matches!(error, Error::Damaged(_)), "{error}");
    let mut mailbox = opened("", "").await;
    is_unsupported(mailbox.namespaces().await, Feature::Namespaces);
    is_unsupported(mailbox.folders(&Folders::all().with_owners()).await, Feature::Namespaces);
    assert_eq!(Folders::all().scope, FolderScope::All);
}

#[tokio::test(start_paused = true)]
async fn status_asks_for_what_the_server_has() {
    let mut mailbox = opened(
        "STATUS=SIZE QUOTA=RES-MESSAGE",
        r"
        C: $1 STATUS Work (MESSAGES UIDNEXT UIDVALIDITY UNSEEN SIZE DELETED)
        S: * STATUS Work (MESSAGES 5 UIDNEXT 0 UNSEEN 2 SIZE 123456789012 DELETED 1)
        S: $1 OK done
        C: $1 UNSUBSCRIBE Work
        S: $1 OK done
        C: $1 SUBSCRIBE R&-D
        S: $1 OK done",
    )
    .await;
    let status = mailbox.status_of(&folder("Work")).await.unwrap();
    assert_eq!((status.messages, status.unseen, status.deleted), (5, Some(2), Some(1)));
    assert_eq!(status.size.map(SizeHint::bytes), Some(123_456_789_012));
    assert_eq!((status.uid_next, status.uid_validity), (None, None));
    mailbox.subscribe(&folder("Work"), false).await.unwrap();
    mailbox.subscribe(&folder("R&D"), true).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn quotas_have_units() {
    let mut mailbox = opened(
        "QUOTA",
        r#"
        C: $1 GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX "" other
        S: * QUOTA "" (STORAGE 10 512 MESSAGE 3 100)
        S: * QUOTA other (X-ITEMS 1 2)
        S: $1 OK done
        C: $1 GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX ROOT
        S: * QUOTA "ROOT"
        S: $1 OK done
        C: $1 GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX ""
        S: * QUOTA "" (STORAGE x y)
        S: $1 OK done"#,
    )
    .await;
    assert!(mailbox.features().contains(Feature::Quota));
    let inbox = folder("INBOX");
    let rows: Vec<_> = mailbox
        .quota(&inbox)
        .await
        .unwrap()
        .into_iter()
        .map(|quota| (quota.root, quota.resource, quota.used, quota.limit))
        .collect();
    assert_eq!(
        rows,
        [
            (String::new(), QuotaResource::Storage, 10 << 10, 512 << 10),
            (String::new(), QuotaResource::Messages, 3, 100),
            ("other".into(), QuotaResource::Other("X-ITEMS".into()), 1, 2)
        ]
    );
    assert_eq!(mailbox.quota(&inbox).await.unwrap(), [], "Courier: no limit");
    assert!(matches!(mailbox.quota(&inbox).await, Err(Error::Damaged(_))));
    is_unsupported(opened("", "").await.quota(&inbox).await, Feature::Quota);
}

#[tokio::test(start_paused = true)]
async fn rights_are_typed() {
    let mut mailbox = opened(
        "ACL",
        "
        C: $1 MYRIGHTS Team
        S: * MYRIGHTS Team lrs
        S: $1 OK done
        C: $1 MYRIGHTS INBOX
        S: * MYRIGHTS INBOX \"acdilrsw\"
        S: $1 OK done",
    )
    .await;
    let rights = mailbox.rights(&folder("Team")).await.unwrap();
    assert!(rights.has(Right::Read) && !rights.has(Right::Insert) && rights.as_str() == "lrs");
    let rights = mailbox.rights(&folder("INBOX")).await.unwrap();
    assert!(rights.has(Right::Administer) && rights.has(Right::Expunge));
    is_unsupported(opened("", "").await.rights(&folder("INBOX")).await, Feature::Rights);
}
