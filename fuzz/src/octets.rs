//! Pseudo-random bytes for the tests, the same in every run.

/// xorshift64*.
#[derive(Clone, Debug)]
pub struct Octets(u64);

impl Octets {
    /// A generator; each number gives another sequence.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next byte.
    pub const fn octet(&mut self) -> u8 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes()[0]
    }

    /// A number below `limit` (which is not 0), or 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let number = usize::from(self.octet()) << 8 | usize::from(self.octet());
        number.checked_rem(limit).unwrap_or_default()
    }

    /// `length` bytes, most of them printable.
    pub fn take(&mut self, length: usize) -> Vec<u8> {
        (0..length)
            .map(|_| match self.octet() {
                octet if octet < 0xa0 => b' ' + octet % 0x5f,
                octet if octet < 0xd0 => b"\r\n.+*()\"{} 0123\xff"[usize::from(octet) % 16],
                octet => octet,
            })
            .collect()
    }

    /// A seed with a few changes: bytes replaced, removed, doubled or inserted, the end cut off.
    pub fn mutate(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut octets = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(octets.len() + 1);
            let until = (at + 1 + self.below(12)).min(octets.len());
            match self.below(5) {
                0 => {
                    if let Some(octet) = octets.get_mut(at) {
                        *octet = self.octet();
                    }
                }
                1 if at < until => drop(octets.drain(at..until)),
                2 if at < until => {
                    let piece = octets[at..until].to_vec();
                    octets.splice(at..at, piece);
                }
                3 => {
                    let length = 1 + self.below(8);
                    let piece = self.take(length);
                    octets.splice(at..at, piece);
                }
                _ => octets.truncate(at),
            }
        }
        octets
    }
}
