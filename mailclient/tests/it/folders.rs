//! Folders, quotas and rights, on servers that play a script.

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
async fn a_folder_is_created_with_its_role_where_that_is_offered() {
    let mut mailbox = opened(
        "CREATE-SPECIAL-USE",
        r"
        C: $1 CREATE Entw&APw-rfe (USE (\Drafts))
        S: $1 OK done
        C: $1 CREATE Plain
        S: $1 NO [ALREADYEXISTS] it is there",
    )
    .await;
    let drafts = NewFolder::new(folder("Entwürfe")).with_role(Role::Drafts);
    mailbox.create(&drafts).await.unwrap();
    let error = mailbox.create(&NewFolder::new(folder("Plain"))).await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused(refusal)
        if refusal.code.as_deref() == Some("ALREADYEXISTS")),
        "{error}"
    );
    let inbox = NewFolder::new(folder("x")).with_role(Role::Inbox);
    assert!(matches!(mailbox.create(&inbox).await, Err(Error::Misuse(_))));
    let mut mailbox = opened("", "").await;
    is_unsupported(mailbox.create(&drafts).await, Feature::FolderRoles);
}

/// The answer is lost after the command was sent.
#[tokio::test(start_paused = true)]
async fn a_change_without_an_answer_is_unknown() {
    let (one, two) = (folder("One"), folder("Two"));
    for command in ["CREATE One", "RENAME One Two", "DELETE One"] {
        let mut mailbox = opened("", &format!("C: $1 {command}\n! eof")).await;
        let answer = match &command[..6] {
            "CREATE" => mailbox.create(&NewFolder::new(one.clone())).await,
            "RENAME" => mailbox.rename(&one, &two).await,
            _ => mailbox.remove(&one).await,
        };
        let error = answer.unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }) && error.needs_reconnect(), "{error:?}");
        // Nothing is sent any more: this one has certainly not happened.
        let error = mailbox.remove(&two).await.unwrap_err();
        assert!(matches!(error, Error::Closed { .. }), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_folder_is_open_after_its_removal() {
    let mut mailbox = opened(
        "",
        "
        C: $1 DELETE INBOX
        S: * 4 EXISTS
        S: $1 NO [CANNOT] never
        C: $1 DELETE Other
        S: $1 OK done
        C: $1 DELETE INBOX
        S: $1 OK done",
    )
    .await;
    let inbox = mailbox.selected().unwrap().name.clone();
    assert!(matches!(mailbox.remove(&inbox).await, Err(Error::Refused(_))));
    assert!(mailbox.selected().is_some(), "it was refused");
    assert_eq!(mailbox.next_change().await.unwrap(), Change::Resync, "4 EXISTS was not told");
    mailbox.remove(&folder("Other")).await.unwrap();
    assert!(mailbox.selected().is_some());
    mailbox.remove(&inbox).await.unwrap();
    assert!(mailbox.selected().is_none());
    assert!(matches!(mailbox.next_change().await, Err(Error::NoFolder)));
}

/// Dovecot ends a session whose selected folder was removed or renamed.
#[tokio::test(start_paused = true)]
async fn a_folder_is_closed_before_it_goes() {
    let text = format!(
        "{}
        C: $1 UNSELECT
        S: $1 OK closed
        C: $1 DELETE Work
        S: $1 NO [NOPERM] never
        {}
        C: $1 UNSELECT
        S: $1 OK closed
        C: $1 RENAME Work Play
        S: $1 OK done
        C: $1 DELETE Other
        S: $1 OK done",
        selected("Work", 15),
        selected("Work", 15)
    );
    let mut mailbox = opened("UNSELECT", &text).await;
    let work = folder("Work");
    mailbox.open(&work, Access::ReadWrite).await.unwrap();
    assert!(matches!(mailbox.remove(&work).await, Err(Error::Refused(_))));
    let open = mailbox.selected().map(|open| (open.name.as_str(), open.access));
    assert_eq!(open, Some(("Work", Access::ReadWrite)), "it was refused");
    assert_eq!(mailbox.next_change().await.unwrap(), Change::Resync);
    mailbox.rename(&work, &folder("Play")).await.unwrap();
    assert!(mailbox.selected().is_none());
    mailbox.remove(&folder("Other")).await.unwrap();
}

/// A session with a folder open, and messages of it and of INBOX marked.
async fn marked(name: &str, then: &str) -> (Box<dyn Mailbox>, IdSet) {
    let text = format!("{}\n{then}", selected(name, 15));
    let mut mailbox = opened("UIDPLUS", &text).await;
    mailbox.delete(&ids("imap1:14:7:INBOX")).unwrap();
    mailbox.open(&folder(name), Access::ReadWrite).await.unwrap();
    let marks = ids(&format!("imap1:15:8:{name}"));
    mailbox.delete(&marks).unwrap();
    (mailbox, marks)
}

fn ids(text: &str) -> IdSet {
    IdSet::from(&text.parse::<mailclient::MessageId>().unwrap())
}

fn selected(folder: &str, validity: u32) -> String {
    format!(
        "
        C: $1 SELECT {folder}
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY {validity}] valid
        S: $1 OK [READ-WRITE] done"
    )
}

/// EXPUNGE of one message in the open folder.
fn removal(uid: u32) -> String {
    format!(
        r"
        C: $1 UID FETCH {uid} (UID FLAGS)
        S: * 1 FETCH (UID {uid} FLAGS ())
        S: $1 OK done
        C: $1 UID STORE {uid} +FLAGS (\Deleted)
        S: * 1 FETCH (UID {uid} FLAGS (\Deleted))
        S: $1 OK done
        C: $1 UID EXPUNGE {uid}
        S: * 1 EXPUNGE
        S: $1 OK done"
    )
}

#[tokio::test(start_paused = true)]
async fn marks_go_with_a_folder_that_is_renamed() {
    let then = format!(
        r#"
        C: $1 LIST "" "Work"
        S: * LIST () "/" Work
        S: $1 OK done
        C: $1 RENAME Work Play
        S: $1 OK done
        {}{}{}{}"#,
        selected("INBOX", 14),
        removal(7),
        selected("Play/2026", 15),
        removal(8)
    );
    let (mut mailbox, marks) = marked("Work/2026", &then).await;
    mailbox.rename(&folder("Work"), &folder("Play")).await.unwrap();
    assert!(mailbox.selected().is_none(), "the open folder has another name now");
    let report = mailbox.expunge().await.unwrap();
    let renamed = marks.iter().map(|id| id.in_folder(&folder("Play/2026")));
    let expected: IdSet = renamed.chain(ids("imap1:14:7:INBOX").iter()).collect();
    assert_eq!(report.done(), expected);
}

/// `Workshop` is not below `Work`, and nothing below INBOX is renamed with it.
#[tokio::test(start_paused = true)]
async fn marks_elsewhere_stay_when_a_folder_is_renamed() {
    let then = format!(
        r#"
        C: $1 LIST "" "Work"
        S: * LIST () "/" Work
        S: $1 OK done
        C: $1 RENAME Work Play
        S: $1 OK done
        C: $1 RENAME INBOX Old
        S: $1 OK done
        {}{}
        C: $1 UID FETCH 7 (UID FLAGS)
        S: $1 OK done
        {}"#,
        removal(8),
        selected("INBOX", 14),
        selected("Workshop", 15)
    );
    let (mut mailbox, marks) = marked("Workshop", &then).await;
    mailbox.rename(&folder("Work"), &folder("Play")).await.unwrap();
    assert!(mailbox.selected().is_some());
    mailbox.rename(&folder("INBOX"), &folder("Old")).await.unwrap();
    let report = mailbox.expunge().await.unwrap();
    assert_eq!((report.done(), report.gone()), (marks, ids("imap1:14:7:INBOX")));
}

#[tokio::test(start_paused = true)]
async fn marks_are_gone_with_a_folder_that_is_removed() {
    let then = format!("C: $1 DELETE Work\nS: $1 OK done{}{}", selected("INBOX", 14), removal(7));
    let (mut mailbox, _) = marked("Work", &then).await;
    mailbox.remove(&folder("Work")).await.unwrap();
    assert_eq!(mailbox.expunge().await.unwrap().done(), ids("imap1:14:7:INBOX"));
}

#[tokio::test(start_paused = true)]
async fn a_count_with_marks_tells_only_what_is_known() {
    let text = r"
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        C: $1 STATUS Work (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
        S: * STATUS Work (MESSAGES 5 UIDVALIDITY 15 UNSEEN 2)
        S: $1 OK done
        C: $1 UID SEARCH UNSEEN
        S: * SEARCH 7 9
        S: $1 OK done
        C: $1 UID FETCH 7 (UID FLAGS)
        S: * 1 FETCH (UID 7 FLAGS ())
        S: $1 OK done";
    let (mut mailbox, marks) = marked("Work", text).await;
    let inbox = folder("INBOX");
    mailbox.open(&inbox, Access::ReadWrite).await.unwrap();
    let status = mailbox.status_of(&folder("Work")).await.unwrap();
    assert_eq!((status.messages, status.unseen), (4, None), "{marks:?} may be seen or not");
    let status = mailbox.status_of(&inbox).await.unwrap();
    assert_eq!((status.messages, status.unseen), (2, Some(1)), "7 is marked");
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
