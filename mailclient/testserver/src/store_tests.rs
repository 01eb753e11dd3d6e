use std::{
    sync::atomic::{AtomicU32, Ordering},
    task::Wake,
};

use imap_proto_lite::Flag;

use super::*;

fn account() -> Arc<Account> {
    let folders = ["Archive", "Work/2026", "Trash"].map(String::from);
    let account = Account::new("alice", "secret", "token", 100, &folders);
    for date in 0..4 {
        account.change("inbox", |folder| folder.add(Arc::default(), vec![Flag::Seen], date));
    }
    Arc::new(account)
}

fn names(account: &Account) -> Vec<String> {
    account.list().into_iter().map(|listed| listed.name).collect()
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
        assert_eq!(account.create(name), expected, "{name}");
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
    let before = account.look("Trash", |folder| folder.uid_validity);
    account.delete("Trash").unwrap();
    account.create("Trash").unwrap();
    assert_ne!(account.look("Trash", |folder| folder.uid_validity), before);
}

#[test]
fn rename_takes_along_what_is_below() {
    let account = account();
    let identity = account.look("Work/2026", |folder| folder.uid_validity);
    assert_eq!(account.rename("Work", "Work/below"), Err(Refusal::Cannot));
    assert_eq!(account.rename("Work", "Trash"), Err(Refusal::AlreadyExists));
    assert_eq!(account.rename("Nothing", "x"), Err(Refusal::NonExistent));
    account.rename("Work", "Old/Jobs").unwrap();
    assert_eq!(names(&account), ["INBOX", "Archive", "Old", "Old/Jobs", "Old/Jobs/2026", "Trash"]);
    assert_eq!(account.look("Old/Jobs/2026", |folder| folder.uid_validity), identity);
}

#[test]
fn rename_of_inbox_moves_its_messages() {
    let account = account();
    account.rename("INBOX", "Before").unwrap();
    assert_eq!(uids(&account, "INBOX"), [0; 0]);
    assert_eq!(uids(&account, "Before").len(), 4);
    assert_eq!(account.look("INBOX", |folder| folder.uid_next), Some(5));
}

#[test]
fn copies_and_moves_say_where_each_message_went() {
    let account = account();
    let inbox = account.look("INBOX", |folder| folder.uid_validity).unwrap();
    let (validity, pairs) = account.copy(inbox, &[4, 1, 9], "Archive", false).unwrap();
    assert_eq!(account.look("Archive", |folder| folder.uid_validity), Some(validity));
    assert_eq!(pairs, [(4, 1), (1, 2)]);
    let (_, pairs) = account.copy(inbox, &[2, 3], "Archive", true).unwrap();
    assert_eq!(pairs, [(2, 3), (3, 4)]);
    assert_eq!(uids(&account, "INBOX"), [1, 4]);
    assert_eq!(account.copy(inbox, &[1], "nowhere", false), Err(Refusal::NonExistent));
    let (_, pairs) = account.copy(inbox, &[1], "INBOX", true).unwrap();
    assert_eq!(pairs, [(1, 5)]);
    assert_eq!(uids(&account, "INBOX"), [4, 5]);
}

#[test]
fn the_maildrop_is_for_one_session() {
    let account = account();
    let maildrop = account.lock_maildrop().unwrap();
    assert!(account.lock_maildrop().is_none());
    account.change("INBOX", |folder| folder.add(Arc::default(), Vec::new(), 9));
    assert_eq!(maildrop.messages.len(), 4, "what came later is not seen");
    maildrop.remove(&[1, 3]);
    drop(maildrop);
    assert_eq!(uids(&account, "INBOX"), [2, 4, 5]);
    assert!(account.lock_maildrop().is_some());
}

struct Counter(AtomicU32);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn who_waits_is_woken_once_by_a_change() {
    let account = account();
    let counter = Arc::new(Counter(AtomicU32::new(0)));
    let waker = Waker::from(Arc::clone(&counter));
    let context = Context::from_waker(&waker);
    let version = account.version();
    assert!(account.poll_changed(version, &context).is_pending());
    assert!(account.poll_changed(version, &context).is_pending());
    account.subscribe("Trash", false).unwrap();
    account.subscribe("Trash", true).unwrap();
    assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    assert!(account.poll_changed(version, &context).is_ready());
}

#[test]
fn patterns() {
    for (pattern, name, expected) in [
        ("*", "Work/2026", true),
        ("%", "Work/2026", false),
        ("%", "Work", true),
        ("Work/%", "Work/2026", true),
        ("W*6", "Work/2026", true),
        ("%/%", "Work/2026", true),
        ("", "Work", false),
        ("", "", true),
        ("**%%", "x", true),
        ("work", "Work", false),
        ("a%b*c", "axxbx/xc", true),
        ("a%b*c", "ax/xbc", false),
        ("*a*a*a*a*a*a*a*b", &"a".repeat(2000), false),
    ] {
        assert_eq!(covers(pattern, name), expected, "{pattern} {name}");
    }
}

#[test]
fn a_secret_is_not_shown() {
    let shown = format!("{:?}", account());
    assert!(!shown.contains("secret") && !shown.contains("token"), "{shown}");
}
