//! The peak memory of the process, allocations of a closure, and threads with a small stack.

use std::{
    fs, future::poll_fn, io, panic::resume_unwind, pin::pin, task::Poll, thread, time::Duration,
};

/// The peak of the resident memory since the last [`reset_peak`], in KiB. It is about the whole
/// process, so a test that asks is alone in its binary.
///
/// # Errors
/// The system does not tell it: only Linux does.
pub fn peak_kib() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    number.ok_or_else(|| io::Error::other("no VmHWM in /proc/self/status"))
}

/// Begins to measure [`peak_kib`] anew.
///
/// # Errors
/// As [`peak_kib`].
pub fn reset_peak() -> io::Result<()> {
    fs::write("/proc/self/clear_refs", "5")
}

/// What a closure allocated on its own thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocated {
    /// The number of allocations.
    pub count: u64,
    /// The bytes of all of them.
    pub bytes: u64,
    /// The bytes that were in use at the same time, at most.
    pub peak: u64,
    /// The bytes that are still in use at the end; negative if more was freed.
    pub kept: i64,
}

/// Does something, and counts what it allocates. The allocator of every program that depends on
/// this crate counts.
pub fn allocated<T>(work: impl FnOnce() -> T) -> (T, Allocated) {
    let mut value = None;
    let info = allocation_counter::measure(|| value = Some(work()));
    let counted = Allocated {
        count: info.count_total,
        bytes: info.bytes_total,
        peak: info.bytes_max,
        kept: info.bytes_current,
    };
    (value.expect("`measure` calls it once"), counted)
}

/// Awaits a future, and counts what it allocates in its own polls: not what other tasks do in
/// between.
pub async fn allocated_by<T>(future: impl Future<Output = T>) -> (T, Allocated) {
    let mut future = pin!(future);
    let mut all = Allocated { count: 0, bytes: 0, peak: 0, kept: 0 };
    poll_fn(|cx| {
        let (polled, one) = allocated(|| future.as_mut().poll(cx));
        let before = u64::try_from(all.kept).unwrap_or(0);
        all.peak = all.peak.max(before + one.peak);
        all.count += one.count;
        all.bytes += one.bytes;
        all.kept += one.kept;
        match polled {
            Poll::Ready(value) => Poll::Ready((value, all)),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// The time that this thread spent on a processor: unlike that of a clock, it does not grow while
/// other processes run.
///
/// # Errors
/// The system does not tell it: only Linux does.
pub fn busy() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok());
    let missing = || io::Error::other("no time in /proc/thread-self/schedstat");
    nanoseconds.map(Duration::from_nanos).ok_or_else(missing)
}

/// Does something on a thread with a stack of so many bytes. Recursion that a peer can drive deeper
/// ends the process there.
///
/// # Panics
/// The thread cannot be started, or `work` panics.
pub fn on_small_stack<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let thread = thread::Builder::new().stack_size(bytes).spawn(work).expect("a thread starts");
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_are_counted() {
        let (length, counted) = allocated(|| {
            let one = vec![1_u8; 1000];
            let two = vec![1_u8; 500];
            one.len() + two.len()
        });
        assert_eq!(
            (length, counted),
            (1500, Allocated { count: 2, bytes: 1500, peak: 1500, kept: 0 })
        );
        assert_eq!(allocated(|| 7).1.count, 0);
    }

    #[tokio::test]
    async fn allocations_of_a_future_are_counted_over_its_polls() {
        let (first, counted) = allocated_by(async {
            let first = vec![1_u8; 1000];
            tokio::task::yield_now().await;
            drop(vec![1_u8; 500]);
            first
        })
        .await;
        assert_eq!(first.len(), 1000);
        assert!((1500..1700).contains(&counted.peak), "{counted:?}");
        assert!((1000..1200).contains(&counted.kept), "{counted:?}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_peak_knows_what_was_freed() {
        reset_peak().unwrap();
        let before = peak_kib().unwrap();
        let touched = vec![1_u8; 64 << 20];
        assert_eq!(touched.iter().map(|byte| u64::from(*byte)).sum::<u64>(), 64 << 20);
        drop(touched);
        let grown = peak_kib().unwrap() - before;
        assert!(grown > 60 << 10, "{grown} KiB");
    }

    #[test]
    fn a_small_stack_is_enough_for_what_does_not_recurse() {
        assert_eq!(on_small_stack(64 * 1024, || 6 * 7), 42);
        let panicked = std::panic::catch_unwind(|| on_small_stack(64 * 1024, || panic!("told")));
        assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"told"));
    }
}
