//! Random numbers: the keys of the standard library's hash maps are those of the operating system.

use std::hash::{BuildHasher, RandomState};

pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// Distinguishes the messages of this session from those of others.
pub(crate) fn session_number() -> u32 {
    let [one, two, three, four, ..] = random().to_be_bytes();
    u32::from_be_bytes([one, two, three, four])
}
