//! The contests of `imap-proto-lite`.

use bytes::Bytes;
use imap_proto_lite::command::Command;

use crate::{
    answer::Field,
    limits,
    load::Load,
    measure::{Contender, Contest},
    ours::{
        encode,
        imap::{self, Depth},
        understood::understood,
    },
    peers::{async_imap, imap_codec, imap_next, imap_proto, imap_rs_core},
    source::{READ, Source},
};

/// The contender that all are compared with.
pub const BASELINE: &str = "imap-proto 0.17";
/// The published figures: the machine, every item of every list taken out.
pub const MACHINE: &str = "imap-proto-lite machine, walked";
/// The machine, without taking the lists apart.
pub const MACHINE_PARSED: &str = "imap-proto-lite machine, parsed";
/// The machine, given everything in one read.
pub const MACHINE_ONE_READ: &str = "imap-proto-lite machine, walked, one read";
/// The parser on complete lines, every item taken out.
pub const PARSER: &str = "imap-proto-lite parser, walked";
/// The parser on one buffer that holds everything.
pub const PARSER_WHOLE: &str = "imap-proto-lite parser, walked, and line ends";
/// The parser on lines that own their bytes, cut out of reads by the simplest loop.
const PARSER_CUT_OUT: &str = "imap-proto-lite parser, walked, lines as Bytes";
/// The parser on complete lines.
pub const PARSER_PARSED: &str = "imap-proto-lite parser, parsed";
/// Framer and parser, every item taken out.
pub const FRAMER: &str = "imap-proto-lite framer + parser, walked";
/// The encoder.
pub const ENCODER: &str = "imap-proto-lite encoder";
/// The limit of the encoder.
pub const COPY: &str = "limit: copy of the result";
/// One size.
pub const ONCE: &str = "one size";
/// Eight times as much.
pub const EIGHT: &str = "eight times the size";
const LINES_ONLY: &str = "imap-proto-lite machine, lines only";
const ALL: &[Field] = Field::ALL;

/// Complete lines for [`parser`](imap::parser).
#[must_use]
pub fn lines_of(load: &Load) -> Vec<Bytes> {
    imap::lines(&load.octets).unwrap_or_default()
}

/// The whole load in one buffer. `lines` are its lines.
#[must_use]
pub fn whole<'a>(load: &'a Load, lines: &'a [Bytes], table: &'a [u8; 256]) -> Contest<'a> {
    let octets = &*load.octets;
    let mut contest = Contest::new(load, "whole buffer", BASELINE);
    let units = load.units as u64;
    contest
        .add(
            Contender::ours(PARSER_PARSED, move || imap::parser(lines, Depth::Parse))
                .checked(ALL, move || understood(octets, usize::MAX)),
        )
        .add(Contender::ours(PARSER, move || imap::parser(lines, Depth::Walk)))
        .add(
            Contender::peer(BASELINE, move || imap_proto::whole(octets))
                .checked(imap_proto::FIELDS, move || imap_proto::understood(octets))
                .leaving_out(imap_proto::LEAVES_OUT),
        )
        .add(
            Contender::peer("imap-codec 2.0.0-alpha.10", move || imap_codec::whole(octets))
                .checked(imap_codec::FIELDS, move || imap_codec::understood(octets))
                .leaving_out(imap_codec::LEAVES_OUT),
        );
    if load.name != "ESEARCH" {
        contest.add(
            Contender::peer("imap-rs-core 0.2.4", move || imap_rs_core::whole(octets))
                .checked(imap_rs_core::FIELDS, move || imap_rs_core::understood(octets))
                .leaving_out(imap_rs_core::LEAVES_OUT),
        );
    }
    contest
        .add(Contender::limit("limit: memchr per line", move || {
            std::hint::black_box(limits::memchr_per_line(octets));
            units
        }))
        .add(Contender::limit("limit: table look-up per byte", move || {
            std::hint::black_box(limits::table_per_octet(octets, table));
            units
        }));
    let mut block = vec![0; 64 << 10];
    contest.add(Contender::limit("limit: copy in 64 KiB blocks", move || {
        limits::copy_blocks(octets, &mut block)
    }));
    contest
}

/// Reads of this size. The baseline still has everything in one buffer.
#[must_use]
pub fn streamed<'a>(load: &'a Load, lines: &'a [Bytes], read: usize) -> Contest<'a> {
    let octets = &*load.octets;
    let delivery =
        if read == READ { "16 KiB reads".to_owned() } else { format!("reads of {read}") };
    let mut contest = Contest::new(load, &delivery, BASELINE);
    contest
        .add(
            Contender::ours(MACHINE_PARSED, move || imap::machine(octets, read, Depth::Parse))
                .checked(ALL, move || understood(octets, read)),
        )
        .add(Contender::ours(MACHINE, move || imap::machine(octets, read, Depth::Walk)))
        .add(Contender::ours(FRAMER, move || imap::framer(octets, read, Depth::Walk)))
        .add(
            Contender::ours(LINES_ONLY, move || imap::machine(octets, read, Depth::Line))
                .leaving_out("nothing is parsed"),
        )
        .add(
            Contender::ours(PARSER, move || imap::parser(lines, Depth::Walk))
                .leaving_out("given complete lines"),
        )
        .add(
            Contender::ours(PARSER_WHOLE, move || imap::whole(octets, Depth::Walk))
                .leaving_out("given the whole buffer"),
        )
        .add(
            Contender::peer(BASELINE, move || imap_proto::whole(octets))
                .leaving_out("given the whole buffer"),
        )
        .add(
            Contender::peer("imap-rs-core 0.2.4, whole", move || imap_rs_core::whole(octets))
                .leaving_out("given the whole buffer"),
        );
    if read == READ {
        contest.add(
            Contender::ours(PARSER_CUT_OUT, move || imap::cut_out(octets, Depth::Walk))
                .leaving_out("no limits, no bodies"),
        );
    } else {
        contest.add(
            Contender::ours(MACHINE_ONE_READ, move || {
                imap::machine(octets, usize::MAX, Depth::Walk)
            })
            .leaving_out("one read"),
        );
    }
    stream_peers(&mut contest, octets, read);
    contest
}

/// Our encoder, beside a copy of what it writes.
#[must_use]
pub fn encoding() -> Vec<Contest<'static>> {
    let contest = |name, content, make: fn() -> Command<'static>| {
        let octets = Bytes::from(encode::octets(&make()).unwrap_or_default());
        let load = Load { name, content, octets: octets.clone(), units: 1, unit: "command" };
        let command = make();
        let mut contest = Contest::new(&load, "encoding", COPY);
        contest.add(Contender::ours(ENCODER, move || encode::encode(&command))).add(
            Contender::limit(COPY, move || {
                let octets = std::hint::black_box(&octets);
                std::hint::black_box(octets.to_vec()).len() as u64
            }),
        );
        contest
    };
    vec![
        contest("UID FETCH", "UID FETCH of 10,000 ids as ranges", || encode::fetch(10_000)),
        contest("APPEND", "the head of an APPEND", encode::append),
    ]
}

/// Loads of one size and of eight times that size, byte by byte.
#[must_use]
pub fn linearity(small: &Load, large: &Load) -> Contest<'static> {
    let mut contest = Contest::new(small, "eight times the size, reads of 1", ONCE);
    for (name, load) in [(ONCE, small), (EIGHT, large)] {
        let octets = load.octets.clone();
        contest.add(Contender::ours(name, move || imap::machine(&octets, 1, Depth::Walk)));
    }
    contest
}

fn stream_peers<'a>(contest: &mut Contest<'a>, octets: &'a [u8], read: usize) {
    contest
        .add(Contender::peer("imap-proto 0.17 over reads", move || {
            imap_proto::streamed(octets, read)
        }))
        .add(Contender::peer("imap-codec over reads", move || imap_codec::streamed(octets, read)))
        .add(Contender::peer("imap-codec Fragmentizer", move || {
            imap_codec::fragmentized(octets, read)
        }))
        .add(Contender::peer("imap-next 0.3.4", move || imap_next::streamed(octets, read)))
        .add(Contender::peer("async-imap 0.12", move || async_imap::streamed(octets, read)))
        .add(Contender::peer("imap-rs-core over reads", move || {
            imap_rs_core::streamed(octets, read)
        }));
}

/// Bodies of messages out of 16 KiB reads.
#[must_use]
pub fn bodies(load: &Load) -> Contest<'_> {
    const READS: &str = "limit: 16 KiB reads";
    let octets = &*load.octets;
    let mut contest = Contest::new(load, "16 KiB reads", READS);
    contest
        .add(
            Contender::ours(MACHINE, move || imap::machine(octets, READ, Depth::Walk))
                .checked(ALL, move || understood(octets, READ)),
        )
        .add(Contender::limit(READS, move || {
            let mut source = Source::new(octets, READ);
            let mut block = vec![0; READ];
            while source.read(&mut block) > 0 {
                std::hint::black_box(&mut block);
            }
            octets.len() as u64
        }))
        .add(Contender::limit("limit: 16 KiB reads, line ends and sizes found", move || {
            limits::pass_over(octets, limits::lend)
        }))
        .add(Contender::limit("limit: 16 KiB reads, each piece as Bytes", move || {
            limits::pass_over(octets, limits::hand_out)
        }));
    stream_peers(&mut contest, octets, READ);
    contest.contenders.push(
        Contender::peer(BASELINE, move || imap_proto::whole(octets))
            .checked(&[Field::Uid, Field::Body], move || imap_proto::understood(octets))
            .leaving_out("given the whole buffer"),
    );
    contest
}
