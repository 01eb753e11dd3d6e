//! Seeded randomness: the same bytes on every machine and in every release.

/// splitmix64: small, fast, and good enough for test data.
#[derive(Clone, Debug)]
pub struct Rng(u64);

/// All work loads start from this seed, each with its own number mixed in.
pub const SEED: u64 = 0x1AA9_2026;

impl Rng {
    /// The generator of one work load.
    #[must_use]
    pub const fn for_load(number: u64) -> Self {
        Self(SEED ^ number)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.bits() % (high - low + 1)
    }

    /// A number from 0 to 99, to be cut into shares.
    pub const fn percent(&mut self) -> u64 {
        self.bits() % 100
    }

    /// True in `percent` of 100 cases.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.percent() < percent
    }

    /// One of `choices`; the default of `T` if there is none.
    pub fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let place = self.bits() % (choices.len() as u64).max(1);
        usize::try_from(place)
            .ok()
            .and_then(|place| choices.get(place))
            .copied()
            .unwrap_or_default()
    }

    /// A string of random characters of an alphabet.
    pub fn string(&mut self, alphabet: &[u8], octets: u64) -> String {
        (0..octets).map(|_| char::from(self.pick(alphabet))).collect()
    }

    /// Puts `items` into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let place = usize::try_from(self.between(0, last as u64)).unwrap_or(last);
            items.swap(last, place);
        }
    }
}

/// The alphabet of base64.
pub const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The alphabet of upper case hexadecimal.
pub const HEX: &[u8] = b"0123456789ABCDEF";
