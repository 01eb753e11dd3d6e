//! Counts allocations per response, and prints them as lines of fields between tabs. A separate
//! program, because the counting allocator costs time, and only the peers allocate much.

use allocation_counter::measure;
use benches::{
    contest::{Loads, Size},
    load::Load,
    measure::Outcome,
    ours::imap::{self, Depth},
    peers::{imap_codec, imap_proto, imap_rs_core},
    source::READ,
};

type Run = fn(&Load) -> Outcome;

const CONTENDERS: &[(&str, Run)] = &[
    ("imap-proto-lite machine, walked", |load| imap::machine(&load.octets, READ, Depth::Walk)),
    ("imap-proto-lite machine, parsed", |load| imap::machine(&load.octets, READ, Depth::Parse)),
    ("imap-proto 0.17", |load| imap_proto::whole(&load.octets)),
    ("imap-codec 2.0.0-alpha.10", |load| imap_codec::whole(&load.octets)),
    ("imap-rs-core 0.2.4", |load| imap_rs_core::whole(&load.octets)),
];

#[expect(clippy::print_stdout, reason = "the output of a program")]
#[expect(clippy::cast_precision_loss, reason = "counts of a program's run")]
fn main() {
    let loads = Loads::new(Size::Quick);
    for load in loads.imap.iter().chain(&loads.bodies) {
        for (name, run) in CONTENDERS {
            let mut failed = false;
            let counted = measure(|| failed = run(load).is_err());
            let each = |total: u64| format!("{:.3}", total as f64 / load.units as f64);
            println!(
                "allocations\t{}\t{name}\t{}\t{}\t{}\t{}",
                load.name,
                each(counted.count_total),
                each(counted.bytes_total),
                counted.bytes_max,
                if failed { "failed" } else { "" }
            );
        }
    }
}
