//! ENVELOPE and FLAGS.

use super::Load;
use crate::{
    rng::{HEX, Rng},
    wire::{DAYS, DOMAINS, FAMILY_NAMES, FIRST_NAMES, MONTHS, Wire, ZONES, encoded_word, words},
};

/// FETCH with ENVELOPE: 6.7 addresses a response on average; 3 in 100 subjects are literals, 5 have
/// escapes.
#[must_use]
pub fn envelopes(count: usize) -> Load {
    let mut rng = Rng::for_load(1);
    let mut wire = Wire::new();
    let mut uid = 1000;
    for seq in 1..=count {
        uid += rng.between(1, 3);
        wire.print(format_args!("* {seq} FETCH (UID {uid} FLAGS "));
        flags(&mut wire, &mut rng);
        wire.text(" INTERNALDATE ");
        internal_date(&mut wire, &mut rng);
        wire.print(format_args!(" RFC822.SIZE {} ENVELOPE ", rng.between(900, 3_000_000)));
        envelope(&mut wire, &mut rng);
        wire.text(")\r\n");
    }
    Load::new(
        "ENVELOPE",
        "FETCH (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)",
        wire.into_octets(),
        count,
        "response",
    )
}

/// FETCH of UID and FLAGS only.
#[must_use]
pub fn flag_updates(count: usize) -> Load {
    let mut rng = Rng::for_load(2);
    let mut wire = Wire::new();
    let mut uid = 1000;
    for seq in 1..=count {
        uid += rng.between(1, 3);
        wire.print(format_args!("* {seq} FETCH (UID {uid} FLAGS "));
        flags(&mut wire, &mut rng);
        wire.text(")\r\n");
    }
    Load::new("FLAGS", "FETCH (UID FLAGS)", wire.into_octets(), count, "response")
}

pub(super) fn flags(wire: &mut Wire, rng: &mut Rng) {
    wire.text(match rng.percent() {
        0..10 => "()",
        10..70 => r"(\Seen)",
        70..85 => r"(\Seen \Answered)",
        85..90 => r"(\Flagged \Seen)",
        90..95 => r"(\Seen $Forwarded)",
        _ => r"(\Seen $MDNSent NonJunk)",
    });
}

fn internal_date(wire: &mut Wire, rng: &mut Rng) {
    let (day, month, year) = (rng.between(1, 28), rng.pick(MONTHS), rng.between(2012, 2026));
    let (hour, minute, second) = (rng.between(0, 23), rng.between(0, 59), rng.between(0, 59));
    wire.print(format_args!(
        "\"{day:02}-{month}-{year} {hour:02}:{minute:02}:{second:02} {}\"",
        rng.pick(ZONES)
    ));
}

/// One ENVELOPE. A server repeats From as Sender and Reply-To.
pub(super) fn envelope(wire: &mut Wire, rng: &mut Rng) {
    let (weekday, day, month, year) =
        (rng.pick(DAYS), rng.between(1, 28), rng.pick(MONTHS), rng.between(2012, 2026));
    let (hour, minute, second) = (rng.between(0, 23), rng.between(0, 59), rng.between(0, 59));
    wire.print(format_args!(
        "(\"{weekday}, {day} {month} {year} {hour:02}:{minute:02}:{second:02} {}\" ",
        rng.pick(ZONES)
    ));
    subject(wire, rng);
    let mut from = Wire::new();
    addresses(&mut from, rng, 1);
    let from = from.into_octets();
    for _ in ["from", "sender", "reply-to"] {
        wire.text(" ").raw(&from);
    }
    let to = match rng.percent() {
        0..70 => 1,
        70..95 => rng.between(2, 5),
        _ => rng.between(6, 30),
    };
    let cc = if rng.chance(75) { 0 } else { rng.between(1, 8) };
    wire.text(" ");
    addresses(wire, rng, to);
    wire.text(" ");
    addresses(wire, rng, cc);
    wire.text(" NIL ");
    if rng.chance(50) {
        wire.text("NIL");
    } else {
        message_id(wire, rng);
    }
    wire.text(" ");
    message_id(wire, rng);
    wire.text(")");
}

fn subject(wire: &mut Wire, rng: &mut Rng) {
    let count = rng.between(3, 12);
    let text = words(rng, count);
    match rng.percent() {
        0..78 => wire.quoted(&text),
        78..92 => {
            let quads = rng.between(6, 15);
            wire.quoted(&encoded_word(rng, quads * 4))
        }
        92..97 => wire.quoted(&format!("\"{text}\" in C:\\{}", rng.between(1, 99))),
        _ => wire.literal(format!("{text} \u{2013} \"\u{fc}bersicht\"").as_bytes()),
    };
}

fn addresses(wire: &mut Wire, rng: &mut Rng, count: u64) {
    if count == 0 {
        wire.text("NIL");
        return;
    }
    wire.text("(");
    for _ in 0..count {
        address(wire, rng);
    }
    wire.text(")");
}

fn address(wire: &mut Wire, rng: &mut Rng) {
    let (first, family) = (rng.pick(FIRST_NAMES), rng.pick(FAMILY_NAMES));
    wire.text("(");
    match rng.percent() {
        0..55 => wire.quoted(&format!("{first} {family}")),
        55..75 => wire.text("NIL"),
        75..85 => wire.quoted(&format!("{family}, {first}")),
        _ => {
            let quads = rng.between(2, 7);
            wire.quoted(&encoded_word(rng, quads * 4))
        }
    };
    wire.text(" NIL ")
        .quoted(&format!("{}.{}", first.to_lowercase(), family.to_lowercase()))
        .text(" ")
        .quoted(rng.pick(DOMAINS))
        .text(")");
}

fn message_id(wire: &mut Wire, rng: &mut Rng) {
    let id = if rng.chance(60) {
        let (left, right) = (rng.string(HEX, 32), rng.string(HEX, 12));
        format!("<{left}@{right}.region{:02}.exchange.example>", rng.between(1, 98))
    } else {
        let number = rng.between(1_000_000, 99_999_998);
        let unique = rng.string(HEX, 8);
        format!("<{number}.{unique}@{}>", rng.pick(DOMAINS))
    };
    wire.quoted(&id);
}
