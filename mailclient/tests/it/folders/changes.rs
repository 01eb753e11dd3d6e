//! Folders that are created, renamed and removed, and the marks of their messages.

use super::*;

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
