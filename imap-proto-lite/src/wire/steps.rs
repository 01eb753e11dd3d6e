//! Counts the bytes that the scanners look at, for the test of linear work. Compiles to nothing
//! elsewhere.

#[cfg(all(test, feature = "std"))]
std::thread_local! {
    static COUNT: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

#[inline]
pub(crate) fn add(_octets: usize) {
    #[cfg(all(test, feature = "std"))]
    COUNT.with(|count| count.set(count.get() + _octets as u64));
}

#[cfg(all(test, feature = "std"))]
pub(crate) fn take() -> u64 {
    COUNT.with(|count| count.replace(0))
}
