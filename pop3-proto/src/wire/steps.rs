//! Counts the steps of searches, for the tests of their work. Compiles to nothing elsewhere.

#[cfg(test)]
std::thread_local! {
    static COUNT: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

pub(crate) fn add(_steps: usize) {
    #[cfg(test)]
    COUNT.with(|count| count.set(count.get() + _steps as u64));
}

#[cfg(test)]
pub(crate) fn take() -> u64 {
    COUNT.with(|count| count.replace(0))
}
