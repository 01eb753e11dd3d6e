//! Counts the steps of searches, for the tests of their work. Compiles to nothing elsewhere.

#[cfg(all(test, feature = "std"))]
std::thread_local! {
    static COUNT: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

pub(crate) fn add(_steps: usize) {
    #[cfg(all(test, feature = "std"))]
    COUNT.with(|count| count.set(count.get() + _steps as u64));
}

#[cfg(all(test, feature = "std"))]
pub(crate) fn take() -> u64 {
    COUNT.with(|count| count.replace(0))
}
