//! The allocations of the client machine for a response, counted as the difference of two sizes, so
//! that those of a connection do not count.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a test that fails should say so at once"
)]

use benches::{
    load::{Load, envelope, structure},
    ours::imap::{self, Depth},
    source::READ,
};

/// Allocations of the machine over a whole load.
fn allocations(load: &Load) -> u64 {
    allocation_counter::measure(|| {
        imap::machine(&load.octets, READ, Depth::Walk).unwrap();
    })
    .count_total
}

/// Allocations of each response beyond the first thousand.
fn per_response(make: fn(usize) -> Load) -> f64 {
    let (few, many) = (make(1_000), make(3_000));
    let more = allocations(&many).saturating_sub(allocations(&few));
    more as f64 / (many.units - few.units) as f64
}

#[test]
fn envelopes_and_flags_allocate_nothing() {
    for (name, make) in
        [("ENVELOPE", envelope::envelopes as fn(usize) -> Load), ("FLAGS", envelope::flag_updates)]
    {
        let each = per_response(make);
        assert!(each == 0.0, "{name}: {each} allocations a response");
    }
}

#[test]
fn structures_allocate_once_at_most() {
    let each = per_response(structure::structures);
    assert!(each <= 1.0, "{each} allocations a response");
}
