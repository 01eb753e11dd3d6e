//! The meaning of a command, independent of both crates: two readers understood the same if these
//! are equal.

use std::fmt::Write as _;

/// The verb and the arguments of a command, each value by itself.
#[derive(PartialEq, Debug)]
pub(crate) struct Meaning {
    pub(crate) verb: &'static str,
    /// The `UID` form.
    pub(crate) uid: bool,
    pub(crate) arguments: Vec<String>,
}

impl Meaning {
    pub(crate) const fn of(verb: &'static str) -> Self {
        Self { verb, uid: false, arguments: Vec::new() }
    }

    pub(crate) const fn uid(mut self, uid: bool) -> Self {
        self.uid = uid;
        self
    }

    /// A string, byte by byte.
    pub(crate) fn string(self, name: &str, value: &[u8]) -> Self {
        self.text(name, value.escape_ascii())
    }

    /// A value that is shown in one way only.
    pub(crate) fn text(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.arguments.push(format!("{name}={value}"));
        self
    }

    /// A list, in its order.
    pub(crate) fn list(self, name: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        self.text(name, format!("{} {values:?}", values.len()))
    }

    pub(crate) fn query(mut self, query: &Query) -> Self {
        self.arguments.extend(query.keys.iter().map(|key| format!("key {key}")));
        self.text("holds", &query.holds)
    }
}

/// A search: its conditions in their order, and the answers to them for which it is true. Nesting
/// is form only.
pub(crate) struct Query {
    keys: Vec<String>,
    holds: String,
}

impl Query {
    /// `matches` tells whether the search is true, given the answer of the condition at each place.
    pub(crate) fn new(keys: Vec<String>, matches: impl Fn(&dyn Fn(usize) -> bool) -> bool) -> Self {
        let mut holds = String::new();
        // All answers to eight conditions, and as many of those to more.
        for answers in 0..256_u64 {
            let says = |place: usize| {
                if keys.len() <= 8 {
                    answers >> place & 1 == 1
                } else {
                    let mixed = (answers << 32 | place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 63 == 1
                }
            };
            write!(holds, "{}", u8::from(matches(&says))).unwrap();
        }
        Self { keys, holds }
    }
}

/// A part number, from its path.
pub(crate) fn part(path: impl IntoIterator<Item = std::num::NonZeroU32>) -> String {
    let path: Vec<_> = path.into_iter().map(|number| number.to_string()).collect();
    path.join(".")
}
