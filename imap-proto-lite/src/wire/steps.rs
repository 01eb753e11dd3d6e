//! Counts the bytes that the scanners look at, for the test of linear work. Compiles to nothing
//! elsewhere.

use nom::Parser;

use crate::wire::Fail;

#[cfg(test)]
std::thread_local! {
    static COUNT: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

pub(crate) fn add(_octets: usize) {
    #[cfg(test)]
    COUNT.with(|count| count.set(count.get() + _octets as u64));
}

/// The rule, which looks at what it takes and at the byte after it.
pub(crate) fn counted<'a>(
    rule: impl Parser<&'a [u8], Output = &'a [u8], Error = Fail>,
) -> impl Parser<&'a [u8], Output = &'a [u8], Error = Fail> {
    rule.map(|taken: &[u8]| {
        add(taken.len() + 1);
        taken
    })
}

#[cfg(test)]
pub(crate) fn take() -> u64 {
    COUNT.with(|count| count.replace(0))
}
