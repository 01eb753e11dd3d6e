//! Whole messages as literals.

use super::Load;
use crate::{
    rng::{BASE64, Rng},
    wire::{FIRST_NAMES, Wire, words},
};

/// Bytes of a small message on average; a quarter more or less.
pub const SMALL: u64 = 20 * 1024;
/// Bytes of a large message.
pub const LARGE: u64 = 25 * 1024 * 1024;

/// Messages of 20 KiB on average.
#[must_use]
pub fn small(count: usize) -> Load {
    let mut rng = Rng::for_load(4);
    let sizes: Vec<u64> = (0..count).map(|_| rng.between(SMALL * 3 / 4, SMALL * 5 / 4)).collect();
    bodies("small bodies", "FETCH (UID BODY[]) of 20 KiB", &mut rng, &sizes)
}

/// Messages of 25 MiB.
#[must_use]
pub fn large(count: usize) -> Load {
    bodies(
        "large bodies",
        "FETCH (UID BODY[]) of 25 MiB",
        &mut Rng::for_load(4),
        &vec![LARGE; count],
    )
}

fn bodies(name: &'static str, content: &'static str, rng: &mut Rng, sizes: &[u64]) -> Load {
    let mut wire = Wire::new();
    for (place, octets) in sizes.iter().enumerate() {
        wire.print(format_args!("* {} FETCH (UID {} BODY[] ", place + 1, place + 1001))
            .literal(&message(rng, *octets))
            .text(")\r\n");
    }
    Load::new(name, content, wire.into_octets(), sizes.len(), "message")
}

/// A header, then lines of base64: one kilobyte, repeated.
pub(super) fn message(rng: &mut Rng, octets: u64) -> Vec<u8> {
    let octets = usize::try_from(octets).unwrap_or(usize::MAX);
    let mut wire = Wire::new();
    let subject = words(rng, 5);
    wire.print(format_args!(
        "From: {} <from@example.com>\r\nSubject: {subject}\r\n",
        rng.pick(FIRST_NAMES)
    ));
    wire.text("MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    let lines: Vec<String> = (0..13).map(|_| rng.string(BASE64, 76) + "\r\n").collect();
    for line in lines.iter().cycle() {
        if wire.len() >= octets {
            break;
        }
        wire.text(line);
    }
    let mut message = wire.into_octets();
    message.truncate(octets);
    message
}
