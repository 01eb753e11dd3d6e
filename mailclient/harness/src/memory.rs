//! The peak memory of the process, allocations of a closure, and threads with a small stack.

use std::{fs, io, panic::resume_unwind, thread};

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
}

/// Does something, and counts what it allocates. The allocator of every program that depends on
/// this crate counts.
pub fn allocated<T>(work: impl FnOnce() -> T) -> (T, Allocated) {
    let mut value = None;
    let info = allocation_counter::measure(|| value = Some(work()));
    let counted =
        Allocated { count: info.count_total, bytes: info.bytes_total, peak: info.bytes_max };
    (value.expect("`measure` calls it once"), counted)
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
        assert_eq!((length, counted), (1500, Allocated { count: 2, bytes: 1500, peak: 1500 }));
        assert_eq!(allocated(|| 7).1.count, 0);
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
