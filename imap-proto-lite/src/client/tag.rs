//! Tags: never the same twice, not to be guessed from those seen, compared octet for octet.

use alloc::string::String;
use core::fmt::Write as _;

/// Makes the tags of one connection from the caller's random number.
///
/// A tag is four letters that follow from the seed and the count, and the count. The count keeps them apart, the
/// letters keep a server (or somebody before STARTTLS) from preparing a tagged line for a command that is not sent yet.
#[derive(Clone)]
pub(super) struct Tags {
    seed: u64,
    count: u64,
}

impl Tags {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    pub(super) fn next(&mut self) -> String {
        self.count = self.count.wrapping_add(1);
        let mut bits = mixed(self.seed ^ mixed(self.count));
        let mut tag = String::with_capacity(12);
        for _ in 0..4 {
            let letter = u8::try_from(bits % 26).unwrap_or_default();
            tag.push(char::from(b'A' + letter));
            bits /= 26;
        }
        let _ = write!(tag, "{}", self.count);
        tag
    }
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
const fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::Tags;

    #[test]
    fn another_seed_gives_other_tags_and_none_comes_twice() {
        let mut one = Tags::new(1);
        let mut other = Tags::new(2);
        let mut seen = alloc::collections::BTreeSet::new();
        for _ in 0..1000 {
            let tag = one.next();
            assert!(
                tag.bytes().all(|octet| octet.is_ascii_alphanumeric()),
                "{tag}"
            );
            assert_ne!(tag, other.next());
            assert!(seen.insert(tag));
        }
    }
}
