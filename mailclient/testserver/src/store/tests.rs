use std::{
    sync::Arc,
    task::{Context, Waker},
};

use imap_proto_lite::{Flag, flag::Keyword};

use super::*;
use crate::{folder::Content, limits::Limits};

fn account() -> Arc<Account> {
    let rules = Rules::of(100);
    account_with(rules)
}

fn account_with(rules: Rules) -> Arc<Account> {
    let folders = ["Archive", "Work/2026", "Trash"].map(String::from);
    let account = Account::new("alice", "secret", "token", rules, &folders);
    for date in 0..4 {
        account.append("inbox", message(date)).unwrap();
    }
    Arc::new(account)
}

fn message(date: i64) -> NewMessage {
    NewMessage { content: Arc::default(), flags: vec![Flag::Seen], date, saved: 0 }
}

fn sized(octets: usize) -> NewMessage {
    let content = Arc::new(Content::new(vec![b'x'; octets].into()));
    NewMessage { content, ..message(0) }
}

fn names(account: &Account) -> Vec<String> {
    let existing = account.list().into_iter().filter(|listed| listed.exists);
    existing.map(|listed| listed.name).collect()
}

fn uids(account: &Account, folder: &str) -> Vec<u32> {
    account
        .look(folder, |folder| folder.messages().iter().map(|message| message.uid).collect())
        .unwrap()
}

#[test]
fn inbox_comes_first_and_parents_are_made() {
    let account = account();
    assert_eq!(names(&account), ["INBOX", "Archive", "Trash", "Work", "Work/2026"]);
    assert!(account.list()[3].has_children);
    assert!(!account.list()[1].has_children);
}

#[test]
fn create_refuses_what_is_there_and_what_is_no_name() {
    let account = account();
    for (name, expected) in [
        ("New", Ok(())),
        ("New", Err(Refusal::AlreadyExists)),
        ("inbox", Err(Refusal::AlreadyExists)),
        ("InBox/below", Ok(())),
        ("a/", Ok(())),
        ("a//b", Err(Refusal::Cannot)),
        ("", Err(Refusal::Cannot)),
        ("/", Err(Refusal::Cannot)),
    ] {
        assert_eq!(account.create(name, None), expected, "{name}");
    }
    assert!(names(&account).contains(&"INBOX/below".into()));
}

#[test]
fn delete_leaves_a_name_above_others() {
    let account = account();
    assert_eq!(account.delete("INBOX"), Err(Refusal::Cannot));
    assert_eq!(account.delete("nothing"), Err(Refusal::NonExistent));
    assert_eq!(account.delete("Work"), Ok(()));
    assert_eq!(account.look("Work", |folder| folder.selectable), Some(false));
    assert_eq!(account.delete("Work"), Err(Refusal::HasChildren));
    assert_eq!(account.delete("Work/2026"), Ok(()));
    assert_eq!(account.delete("Work"), Ok(()));
    assert_eq!(names(&account), ["INBOX", "Archive", "Trash"]);
}

#[test]
fn a_folder_that_is_made_again_is_another() {
    let account = account();
    let before = account.look("Trash", |folder| folder.identity);
    account.delete("Trash").unwrap();
    account.create("Trash", None).unwrap();
    assert_ne!(account.look("Trash", |folder| folder.identity), before);
}

#[test]
fn rename_takes_along_what_is_below() {
    let account = account();
    let identity = account.look("Work/2026", |folder| folder.identity);
    assert_eq!(account.rename("Work", "Work/below", 0), Err(Refusal::Cannot));
    assert_eq!(account.rename("Work", "Trash", 0), Err(Refusal::AlreadyExists));
    assert_eq!(account.rename("Nothing", "x", 0), Err(Refusal::NonExistent));
    account.rename("Work", "Old/Jobs", 0).unwrap();
    assert_eq!(names(&account), ["INBOX", "Archive", "Old", "Old/Jobs", "Old/Jobs/2026", "Trash"]);
    assert_eq!(account.look("Old/Jobs/2026", |folder| folder.identity), identity);
}

#[test]
fn rename_of_inbox_moves_its_messages() {
    let account = account();
    account.rename("INBOX", "Before", 0).unwrap();
    assert_eq!(uids(&account, "INBOX"), [0; 0]);
    assert_eq!(uids(&account, "Before").len(), 4);
    assert_eq!(account.look("INBOX", |folder| folder.uid_next), Some(5));
}

#[test]
fn copies_and_moves_say_where_each_message_went() {
    let account = account();
    let inbox = account.look("INBOX", |folder| folder.identity).unwrap();
    let (validity, pairs) = account.copy(inbox, &[4, 1, 9], "Archive", false, 0).unwrap();
    assert_eq!(account.look("Archive", |folder| folder.uid_validity), Some(validity));
    assert_eq!(pairs, [(4, 1), (1, 2)]);
    let (_, pairs) = account.copy(inbox, &[2, 3], "Archive", true, 0).unwrap();
    assert_eq!(pairs, [(2, 3), (3, 4)]);
    assert_eq!(uids(&account, "INBOX"), [1, 4]);
    assert_eq!(account.copy(inbox, &[1], "nowhere", false, 0), Err(Refusal::NonExistent));
    let (_, pairs) = account.copy(inbox, &[1], "INBOX", true, 0).unwrap();
    assert_eq!(pairs, [(1, 5)]);
    assert_eq!(uids(&account, "INBOX"), [4, 5]);
}

#[test]
fn the_maildrop_is_for_one_session() {
    let account = account();
    let maildrop = account.lock_maildrop().unwrap();
    assert!(account.lock_maildrop().is_none());
    account.append("INBOX", message(9)).unwrap();
    assert_eq!(maildrop.messages.len(), 4, "what came later is not seen");
    maildrop.remove(&[1, 3]);
    drop(maildrop);
    assert_eq!(uids(&account, "INBOX"), [2, 4, 5]);
    assert!(account.lock_maildrop().is_some());
}

#[tokio::test]
async fn who_waits_is_woken_by_a_change_and_leaves_nothing_behind() {
    let account = account();
    let version = account.version();
    let mut waits = Box::pin(account.after(version).happened());
    assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    account.subscribe("Trash", false).unwrap();
    waits.await;
    // What happened before it began to wait counts too.
    account.after(version).happened().await;
    drop(account.after(account.version()).happened());
    assert_eq!(account.lock().changes.waiting(), 0);
}

#[test]
fn a_secret_is_not_shown() {
    let shown = format!("{:?}", account());
    assert!(!shown.contains("secret") && !shown.contains("token"), "{shown}");
}

#[test]
fn a_deleted_folder_stays_subscribed() {
    let account = account();
    account.delete("Trash").unwrap();
    let listed = account.list();
    let trash = listed.iter().find(|listed| listed.name == "Trash").unwrap();
    assert!(trash.subscribed && !trash.exists && !trash.selectable);
    account.subscribe("Trash", false).unwrap();
    assert!(account.list().iter().all(|listed| listed.name != "Trash"));
    assert_eq!(account.subscribe("Trash", true), Err(Refusal::NonExistent));
    account.create("New", None).unwrap();
    assert!(account.list().iter().any(|listed| listed.name == "New" && !listed.subscribed));
}

#[test]
fn what_is_missing_in_rights_is_refused() {
    let account = account();
    let take = |folder: &str, rights: &str| {
        account.administer(folder, |all| all.set("alice", rights, 1)).unwrap().unwrap();
    };
    take("Work", "-kx");
    assert_eq!(account.create("Work/x/y", None), Err(Refusal::NoPerm));
    assert_eq!(account.delete("Work"), Err(Refusal::NoPerm));
    assert_eq!(account.rename("Work", "Other", 0), Err(Refusal::NoPerm));
    take("Archive", "-i");
    assert_eq!(account.append("Archive", message(1)), Err(Refusal::NoPerm));
    // The owner keeps the rights to see the folder and to change the rights.
    take("Archive", "");
    assert!(names(&account).contains(&"Archive".into()));
    take("Archive", "+i");
    account.append("Archive", message(1)).unwrap();
}

#[test]
fn what_does_not_fit_is_refused() {
    let limits = Limits {
        stored_bytes: 5000,
        folders: 8,
        folder_depth: 3,
        folder_name: 9,
        ..Limits::default()
    };
    let account = account_with(Rules { limits, ..Rules::of(1) });
    for (name, expected) in [
        ("a/b/c/d", Err(Refusal::Limit)),
        ("0123456789", Err(Refusal::Limit)),
        ("a/b/c", Ok(())),
        ("d", Err(Refusal::Limit)),
    ] {
        assert_eq!(account.create(name, None), expected, "{name}");
    }
    assert_eq!(account.rename("a", "Work/a/b/c", 0), Err(Refusal::Limit));
    assert!(account.append("INBOX", sized(5000)).is_ok());
    assert_eq!(account.append("INBOX", sized(1)), Err(Refusal::OverQuota));
    let inbox = account.look("INBOX", |folder| folder.identity).unwrap();
    assert_eq!(account.copy(inbox, &[5], "Archive", false, 0), Err(Refusal::OverQuota));
    assert!(account.copy(inbox, &[5], "Archive", true, 0).is_ok());
    account.set_quota(Quota { storage: None, messages: Some(5) });
    assert_eq!(account.has_room("INBOX", 0), Err(Refusal::OverQuota));
    account.set_quota(Quota { storage: Some(5), messages: None });
    assert_eq!(account.has_room("INBOX", 0), Ok(()));
    assert_eq!(account.has_room("INBOX", 121), Err(Refusal::OverQuota));
    assert_eq!(account.usage(), (5000, 5));
}

#[test]
fn a_copy_brings_no_more_keywords_than_a_folder_takes() {
    let account = account();
    let keyword = |number: usize| Flag::Keyword(Keyword::new(format!("k{number}")).unwrap());
    let flags = |numbers: std::ops::Range<usize>| NewMessage {
        flags: numbers.map(keyword).collect(),
        ..message(0)
    };
    account.append("Archive", flags(0..1000)).unwrap();
    account.append("INBOX", flags(1000..1000 + 1)).unwrap();
    let inbox = account.look("INBOX", |folder| folder.identity).unwrap();
    assert_eq!(account.copy(inbox, &[5], "Archive", false, 0), Err(Refusal::Limit));
    account.append("Archive", message(0)).unwrap();
}

#[test]
fn a_move_needs_no_room_and_a_name_without_messages_can_be_a_folder_again() {
    let account = account();
    account.set_quota(Quota { storage: None, messages: Some(1) });
    let inbox = account.look("INBOX", |folder| folder.identity).unwrap();
    account.copy(inbox, &[1], "Trash", true, 0).unwrap();
    account.delete("Work").unwrap();
    account.rules.log.clear();
    account.create("Work", None).unwrap();
    let changes: Vec<_> = account.rules.log.entries().into_iter().map(|one| one.change).collect();
    assert_eq!(changes, [Change::FolderCreated]);
}

#[test]
fn the_log_has_every_change_in_its_order() {
    let rules = Rules::of(1);
    let log = Arc::clone(&rules.log);
    let account = account_with(rules);
    log.clear();
    let inbox = account.look("INBOX", |folder| folder.identity).unwrap();
    account.append("INBOX", sized(3)).unwrap();
    account.copy(inbox, &[5], "Trash", true, 0).unwrap();
    account.subscribe("Trash", false).unwrap();
    account.rename("Trash", "Bin", 0).unwrap();
    account.delete("Bin").unwrap();
    let entries = log.entries();
    let shown: Vec<String> = entries
        .iter()
        .map(|entry| {
            let what = format!("{:?}", entry.change);
            format!("{} {}", entry.folder, what.split_once(" {").map_or(&*what, |(name, _)| name))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "INBOX Stored",
            "INBOX Deleted",
            "Trash Stored",
            "Trash Unsubscribed",
            "Trash FolderRenamed",
            "Bin Deleted",
            "Bin FolderDeleted"
        ]
    );
    assert!(matches!(
        &entries[2].change,
        Change::Stored { uid: 1, flags, bytes } if flags == &["\\Seen"] && bytes == "xxx"
    ));
    assert!(entries.iter().all(|entry| entry.user == "alice"));
}
