//! [`Changes`]: a number that rises, and the tasks that wait for it to rise.

use tokio::sync::watch;

/// The number of changes so far. A task that waits for the next one leaves no trace when it stops
/// waiting.
#[derive(Debug, Default)]
pub(super) struct Changes(watch::Sender<u64>);

impl Changes {
    /// The number of changes so far.
    pub(super) fn version(&self) -> u64 {
        *self.0.borrow()
    }

    /// Counts a change, and wakes the tasks that wait.
    pub(super) fn changed(&self) {
        self.0.send_modify(|version| *version += 1);
    }

    /// The next change after `version`.
    pub(super) fn after(&self, version: u64) -> NextChange {
        NextChange { changes: self.0.subscribe(), version }
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.0.receiver_count()
    }
}

/// A change that a task waits for.
#[derive(Debug)]
pub(super) struct NextChange {
    changes: watch::Receiver<u64>,
    version: u64,
}

impl NextChange {
    /// Waits until it has happened. If there can be no more changes, it has.
    pub(super) async fn happened(mut self) {
        let _ = self.changes.wait_for(|version| *version != self.version).await;
    }
}
