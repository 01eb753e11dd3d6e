//! What was to be reached, and whether it was.

use benches::contest::{imap, pop3};

use crate::rows::{Allocations, Contest, Figure, Profile};

/// Which side of the goal is good.
#[derive(Clone, Copy)]
enum Side {
    AtLeast,
    AtMost,
}

/// One goal.
pub(crate) struct Goal {
    load: &'static str,
    what: &'static str,
    side: Side,
    /// In the default profile, and with fat LTO.
    reach: [f64; 2],
    contest: &'static str,
    figure: fn(&Contest) -> Option<Figure>,
}

/// A goal beside what was measured, ready to be printed.
pub(crate) struct Verdict {
    pub(crate) load: &'static str,
    pub(crate) what: String,
    /// For each profile: the goal, the figure, reached or not.
    pub(crate) cells: Vec<(String, String, Option<bool>)>,
}

const RS_CORE: &str = "imap-rs-core 0.2.4, whole";
const RS_CORE_READS: &str = "imap-rs-core over reads";

fn over_imap_proto(contest: &Contest) -> Option<Figure> {
    contest.times(imap::MACHINE, imap::BASELINE)
}

fn over_fastest(contest: &Contest) -> Option<Figure> {
    contest.times(imap::MACHINE, contest.fastest_peer(&[])?)
}

/// The time of the machine in times of the parser's.
fn beside_parser(contest: &Contest) -> Option<Figure> {
    contest.times(imap::PARSER, imap::MACHINE)
}

/// How much the machine costs beside a parser that looks for the line ends itself, in a buffer that needs no reads.
fn beside_parser_and_line_ends(contest: &Contest) -> Option<Figure> {
    contest.times(imap::PARSER_WHOLE, imap::MACHINE)
}

const fn goal(
    load: &'static str,
    what: &'static str,
    side: Side,
    reach: [f64; 2],
    contest: &'static str,
    figure: fn(&Contest) -> Option<Figure>,
) -> Goal {
    Goal { load, what, side, reach, contest, figure }
}

/// All of them. The machine reads 16 KiB at a time and takes every item out of every list; `imap-proto` is given the whole buffer.
#[rustfmt::skip] // one goal a line
pub(crate) const GOALS: &[Goal] = {
    use Side::{AtLeast, AtMost};
    &[
        goal("a", "times imap-proto 0.17", AtLeast, [3.0, 2.2], "a, 16 KiB reads", over_imap_proto),
        goal("b", "times imap-proto 0.17", AtLeast, [5.0, 3.6], "b, 16 KiB reads", over_imap_proto),
        goal("b", "times imap-rs-core, whole buffer", AtLeast, [1.5, 1.5], "b, 16 KiB reads", |contest| contest.times(imap::MACHINE, RS_CORE)),
        goal("b", "times imap-rs-core over reads", AtLeast, [1.5, 1.5], "b, 16 KiB reads", |contest| contest.times(imap::MACHINE, RS_CORE_READS)),
        goal("c", "times imap-proto 0.17", AtLeast, [3.4, 2.4], "c, 16 KiB reads", over_imap_proto),
        goal("d1", "of plain 16 KiB reads, 20 KiB bodies", AtLeast, [0.85, 0.85], "d1, 16 KiB reads", |contest| contest.times(imap::MACHINE, &contest.baseline)),
        goal("d2", "of plain 16 KiB reads, 25 MiB bodies", AtLeast, [0.85, 0.85], "d2, 16 KiB reads", |contest| contest.times(imap::MACHINE, &contest.baseline)),
        goal("e", "times the fastest peer", AtLeast, [2.0, 2.0], "e, 16 KiB reads", over_fastest),
        goal("f1", "ns an id", AtMost, [8.0, 8.0], "f1, 16 KiB reads", |contest| contest.each(imap::MACHINE)),
        goal("f1", "times imap-proto 0.17 over the same reads", AtLeast, [30.0, 30.0], "f1, 16 KiB reads", |contest| contest.times(imap::MACHINE, "imap-proto 0.17 over reads")),
        goal("f2", "ns an id of ESEARCH, of which a range has two", AtMost, [8.0, 8.0], "f2, 16 KiB reads", |contest| contest.each(imap::MACHINE)),
        goal("g1", "STATUS: times the fastest peer", AtLeast, [2.0, 2.0], "g1, 16 KiB reads", over_fastest),
        goal("g2", "CAPABILITY: times the fastest peer", AtLeast, [2.0, 2.0], "g2, 16 KiB reads", over_fastest),
        goal("h1", "times the one-read time, octet by octet", AtMost, [10.0, 10.0], "h1, reads of 1", |contest| contest.times(imap::MACHINE_ONE_READ, imap::MACHINE)),
        goal("h2", "times the one-read time, octet by octet", AtMost, [10.0, 10.0], "h2, reads of 1", |contest| contest.times(imap::MACHINE_ONE_READ, imap::MACHINE)),
        goal("h3", "times the one-read time, octet by octet", AtMost, [10.0, 10.0], "h3, reads of 1", |contest| contest.times(imap::MACHINE_ONE_READ, imap::MACHINE)),
        goal("h", "times the time for eight times as many envelopes", AtMost, [9.0, 9.0], "h3, eight times the size, reads of 1", |contest| contest.times(imap::ONCE, imap::EIGHT)),
        goal("h", "times the time for a line eight times as long", AtMost, [9.0, 9.0], "f1, eight times the size, reads of 1", |contest| contest.times(imap::ONCE, imap::EIGHT)),
        goal("encoding", "times a copy of the result, UID FETCH", AtMost, [2.0, 2.0], "fetch, encoding", |contest| contest.times(imap::COPY, imap::ENCODER)),
        goal("encoding", "times a copy of the result, APPEND head", AtMost, [2.0, 2.0], "append, encoding", |contest| contest.times(imap::COPY, imap::ENCODER)),
        goal("machine", "times the bare parser, a", AtMost, [1.15, 1.15], "a, 16 KiB reads", beside_parser),
        goal("machine", "times the bare parser, b", AtMost, [1.4, 1.4], "b, 16 KiB reads", beside_parser),
        goal("machine", "times the bare parser, c", AtMost, [1.15, 1.15], "c, 16 KiB reads", beside_parser),
        goal("machine", "times the parser and line ends, a", AtMost, [1.15, 1.15], "a, 16 KiB reads", beside_parser_and_line_ends),
        goal("machine", "times the parser and line ends, b", AtMost, [1.4, 1.4], "b, 16 KiB reads", beside_parser_and_line_ends),
        goal("machine", "times the parser and line ends, c", AtMost, [1.15, 1.15], "c, 16 KiB reads", beside_parser_and_line_ends),
        goal("POP3 mail", "of a copy in 64 KiB blocks, 64 KiB reads", AtLeast, [0.8, 0.8], "mail, un-stuffing", |contest| contest.times(pop3::DECODER, pop3::COPY)),
        goal("POP3 mail", "of a copy in 64 KiB blocks, 16 KiB reads", AtLeast, [0.8, 0.8], "mail, un-stuffing", |contest| contest.times(pop3::DECODER_16, pop3::COPY)),
        goal("POP3 mail", "of a copy in 64 KiB blocks, 8 KiB reads", AtLeast, [0.8, 0.8], "mail, un-stuffing", |contest| contest.times(pop3::DECODER_8, pop3::COPY)),
        goal("POP3 mail", "times a state machine per octet", AtLeast, [10.0, 10.0], "mail, un-stuffing", |contest| contest.times(pop3::DECODER, pop3::PER_OCTET)),
        goal("POP3 body", "times the time for a body eight times as long", AtMost, [9.0, 9.0], "long, 100 KB and 800 KB", |contest| contest.times(imap::ONCE, imap::EIGHT)),
        goal("POP3 LIST", "times pop3-codec", AtLeast, [1.3, 1.3], "list, one event an item", |contest| contest.times(pop3::MACHINE, pop3::CODEC)),
        goal("POP3 UIDL", "times pop3-codec", AtLeast, [1.3, 1.3], "uidl, one event an item", |contest| contest.times(pop3::MACHINE, pop3::CODEC)),
        goal("POP3 RETR", "times libcurl in the same process, 8 MB over loopback", AtLeast, [1.0, 1.0], "retr, 8 MB over loopback", |contest| contest.times(pop3::CLIENT, pop3::LIBCURL)),
        goal("POP3 RETR", "times the curl program by its own clock, 8 MB over loopback", AtLeast, [1.0, 1.0], "retr, 8 MB over loopback", |contest| contest.times(pop3::CLIENT, pop3::CURL)),
        goal("POP3 RETR", "times the fastest Rust peer that finishes, 8 MB", AtLeast, [3.0, 3.0], "retr, 8 MB over loopback", |contest| contest.times(pop3::CLIENT, contest.fastest_peer(&[pop3::CURL, pop3::LIBCURL])?)),
    ]
};

/// Goals about allocations: load, at most so many a response.
const ALLOCATIONS: &[(&str, f64)] = &[("a", 0.0), ("b", 0.0), ("c", 1.0)];
/// Octets that may be held while a body of 25 MiB goes by.
const HELD: f64 = 65_536.0;

/// Compares.
pub(crate) fn verdicts(profiles: &[Profile], allocations: &[Allocations]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = GOALS
        .iter()
        .map(|goal| Verdict {
            load: goal.load,
            what: goal.what.to_owned(),
            cells: profiles
                .iter()
                .zip(goal.reach)
                .map(|(profile, reach)| {
                    let figure = profile.contest(goal.contest).and_then(goal.figure);
                    let (words, reached): (_, fn(f64, f64) -> bool) = match goal.side {
                        Side::AtLeast => ("at least", |figure, reach| figure >= reach),
                        Side::AtMost => ("at most", |figure, reach| figure <= reach),
                    };
                    (
                        format!("{words} {reach}"),
                        figure.map_or_else(|| "not measured".to_owned(), |f| f.to_string()),
                        figure.map(|figure| reached(figure.median, reach)),
                    )
                })
                .collect(),
        })
        .collect();
    let ours =
        |load: &str| allocations.iter().find(|row| row.load == load && row.name == imap::MACHINE);
    // What a connection allocates once, its read buffer, is not a response's.
    const ONCE: f64 = 0.005;
    for &(load, reach) in ALLOCATIONS {
        let each = ours(load).map(|row| row.each);
        verdicts.push(Verdict {
            load,
            what: "allocations a response, those of the connection aside".to_owned(),
            cells: vec![(
                format!("at most {reach}"),
                each.map_or_else(|| "not measured".to_owned(), |each| format!("{each:.3}")),
                each.map(|each| each <= reach + ONCE),
            )],
        });
    }
    let most = ours("d2").map(|row| row.most);
    verdicts.push(Verdict {
        load: "d2",
        what: "octets held at a time".to_owned(),
        cells: vec![(
            format!("under {HELD}"),
            most.map_or_else(|| "not measured".to_owned(), |most| most.to_string()),
            most.map(|most| most < HELD),
        )],
    });
    verdicts
}
