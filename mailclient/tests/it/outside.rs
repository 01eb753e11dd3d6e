//! The trait implemented and wrapped with what the crate makes public. The files in `outside/` are
//! also part of the program that `.ci/packages.sh` builds outside of the repository.

mod counting;
mod memory;
mod tour;

use std::sync::Arc;

use mailclient::{Access, Connect, Error, FolderName, List, Mailbox};
use tokio::sync::Mutex;

use counting::Counting;
use memory::Memory;
use tour::{Opens, tour};

const MESSAGES: [&str; 2] =
    ["Subject: first\r\n\r\nshort\r\n", "Subject: second\r\n\r\nlonger than short\r\n"];

#[tokio::test]
async fn a_mailbox_in_memory_has_the_whole_trait() {
    let mut connect = Opens(|| Memory::new(&MESSAGES));
    let mut mailbox = connect.connect().await.unwrap();
    tour(&mut *mailbox).await.unwrap();
}

#[tokio::test]
async fn a_wrapper_counts_and_changes_nothing() {
    let mut memory = Memory::new(&MESSAGES);
    let mut counting = Counting::new(&mut memory);
    tour(&mut counting).await.unwrap();
    assert_eq!(counting.calls, 35);
}

/// A task per message, all with the same mailbox.
#[tokio::test]
async fn a_mailbox_is_shared_behind_a_mutex() {
    let mailbox: Box<dyn Mailbox> = Box::new(Memory::new(&MESSAGES));
    let mailbox = Arc::new(Mutex::new(mailbox));
    let inbox = FolderName::inbox();
    mailbox.lock().await.open(&inbox, Access::ReadOnly).await.unwrap();
    let tasks = [1, 2].map(|count| {
        let mailbox = Arc::clone(&mailbox);
        tokio::spawn(async move {
            let mut mailbox = mailbox.lock().await;
            let rows = mailbox.list(&List::newest(count)).await?.collect(10).await?;
            Ok::<_, Error>(rows.len())
        })
    });
    for (task, count) in tasks.into_iter().zip([1, 2]) {
        assert_eq!(task.await.unwrap().unwrap(), count);
    }
}
