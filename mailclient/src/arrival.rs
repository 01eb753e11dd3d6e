//! [`Arrival`]: when the stream became ready, also while the mailbox is not polled.

use std::{
    mem::take,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Wake, Waker},
};

use tokio::time::Instant;

/// A waker between the stream and the task that polls the driver. It wakes the task, and keeps the
/// time: bytes that came during a pause of the caller did not take the server that long.
#[derive(Debug, Default)]
pub(crate) struct Arrival(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    task: Option<Waker>,
    at: Option<Instant>,
}

impl Arrival {
    /// From now on this task is woken.
    pub(crate) fn wakes(&self, task: &Waker) {
        let mut inner = self.lock();
        match &mut inner.task {
            Some(present) => present.clone_from(task),
            none => *none = Some(task.clone()),
        }
    }

    /// When the stream became ready, if it did so since the last call.
    pub(crate) fn take(&self) -> Option<Instant> {
        take(&mut self.lock().at)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Arrival {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let task = {
            let mut inner = self.lock();
            inner.at.get_or_insert_with(Instant::now);
            inner.task.clone()
        };
        // Outside of the lock: a task may poll the driver, and so this, while it is woken.
        task.inspect(Waker::wake_by_ref);
    }
}
