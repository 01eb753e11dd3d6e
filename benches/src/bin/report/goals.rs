//! The goals, and whether they are reached; and how far other figures are from the limit.

use benches::contest::{imap, pop3};

use crate::rows::{Allocations, Contest, Figure, Profile};

/// Which side of the goal is good.
#[derive(Clone, Copy)]
enum Side {
    AtLeast,
    AtMost,
}

/// A figure, and how to get it from a contest.
struct Measure {
    load: &'static str,
    what: &'static str,
    contest: &'static str,
    figure: fn(&Contest) -> Option<Figure>,
}

impl Measure {
    fn of(&self, profile: &Profile) -> Option<Figure> {
        profile.contest(self.contest).and_then(self.figure)
    }
}

/// One goal.
struct Goal {
    measure: Measure,
    side: Side,
    /// In the default profile, and with fat LTO.
    reach: [f64; 2],
}

/// A goal beside the measured figure, ready to be printed.
pub(crate) struct Verdict {
    pub(crate) load: &'static str,
    pub(crate) what: String,
    /// For each profile: the goal, the figure, reached or not.
    pub(crate) cells: Vec<(String, String, Option<bool>)>,
}

/// A figure without a goal: how far it is from the limit, for each profile.
pub(crate) struct Distance {
    pub(crate) load: &'static str,
    pub(crate) what: &'static str,
    pub(crate) figures: Vec<String>,
}

const RS_CORE: &str = "imap-rs-core 0.2.4, whole";
const RS_CORE_READS: &str = "imap-rs-core over reads";
const NOT_MEASURED: &str = "not measured";

fn over_imap_proto(contest: &Contest) -> Option<Figure> {
    contest.times(imap::MACHINE, imap::BASELINE)
}

fn over_fastest(contest: &Contest) -> Option<Figure> {
    contest.times(imap::MACHINE, contest.fastest_peer(&[])?)
}

/// The time of the machine as a multiple of the parser's time.
fn beside_parser(contest: &Contest) -> Option<Figure> {
    contest.times(imap::PARSER, imap::MACHINE)
}

/// The time of the machine as a multiple of a parser's time that looks for the line ends itself, in
/// one buffer.
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
    Goal { measure: Measure { load, what, contest, figure }, side, reach }
}

/// All goals. The machine reads 16 KiB at a time and takes every item out of every list;
/// `imap-proto` is given the whole buffer.
#[rustfmt::skip] // one goal a line
const GOALS: &[Goal] = {
    use Side::{AtLeast, AtMost};
    &[
        goal("ENVELOPE", "times imap-proto 0.17", AtLeast, [2.9, 2.2], "ENVELOPE, 16 KiB reads", over_imap_proto),
        goal("FLAGS", "times imap-proto 0.17", AtLeast, [5.0, 3.6], "FLAGS, 16 KiB reads", over_imap_proto),
        goal("FLAGS", "times imap-rs-core, whole buffer", AtLeast, [1.5, 1.5], "FLAGS, 16 KiB reads", |contest| contest.times(imap::MACHINE, RS_CORE)),
        goal("FLAGS", "times imap-rs-core over reads", AtLeast, [1.5, 1.5], "FLAGS, 16 KiB reads", |contest| contest.times(imap::MACHINE, RS_CORE_READS)),
        goal("BODYSTRUCTURE", "times imap-proto 0.17", AtLeast, [3.4, 2.4], "BODYSTRUCTURE, 16 KiB reads", over_imap_proto),
        goal("LIST", "times the fastest peer", AtLeast, [2.0, 2.0], "LIST, 16 KiB reads", over_fastest),
        goal("SEARCH", "ns an id", AtMost, [8.0, 8.0], "SEARCH, 16 KiB reads", |contest| contest.each(imap::MACHINE)),
        goal("SEARCH", "times imap-proto 0.17 over the same reads", AtLeast, [30.0, 30.0], "SEARCH, 16 KiB reads", |contest| contest.times(imap::MACHINE, "imap-proto 0.17 over reads")),
        goal("ESEARCH", "ns an id (a range has two)", AtMost, [8.0, 8.0], "ESEARCH, 16 KiB reads", |contest| contest.each(imap::MACHINE)),
        goal("STATUS", "times the fastest peer", AtLeast, [2.0, 2.0], "STATUS, 16 KiB reads", over_fastest),
        goal("CAPABILITY", "times the fastest peer", AtLeast, [2.0, 2.0], "CAPABILITY, 16 KiB reads", over_fastest),
        goal("mixed", "times the one-read time, byte by byte", AtMost, [10.0, 10.0], "mixed, reads of 1", |contest| contest.times(imap::MACHINE_ONE_READ, imap::MACHINE)),
        goal("few FLAGS", "times the one-read time, byte by byte", AtMost, [10.0, 10.0], "few FLAGS, reads of 1", |contest| contest.times(imap::MACHINE_ONE_READ, imap::MACHINE)),
        goal("few ENVELOPE", "times the one-read time, byte by byte", AtMost, [10.0, 10.0], "few ENVELOPE, reads of 1", |contest| contest.times(imap::MACHINE_ONE_READ, imap::MACHINE)),
        goal("few ENVELOPE", "times the time for eight times as many envelopes", AtMost, [9.0, 9.0], "few ENVELOPE, eight times the size, reads of 1", |contest| contest.times(imap::ONCE, imap::EIGHT)),
        goal("SEARCH", "times the time for a line eight times as long", AtMost, [9.0, 9.0], "SEARCH, eight times the size, reads of 1", |contest| contest.times(imap::ONCE, imap::EIGHT)),
        goal("encoding", "times a copy of the result, UID FETCH", AtMost, [2.0, 2.0], "UID FETCH, encoding", |contest| contest.times(imap::COPY, imap::ENCODER)),
        goal("encoding", "times a copy of the result, APPEND head", AtMost, [2.0, 2.0], "APPEND, encoding", |contest| contest.times(imap::COPY, imap::ENCODER)),
        goal("ENVELOPE", "times the parser and line ends", AtMost, [1.15, 1.15], "ENVELOPE, 16 KiB reads", beside_parser_and_line_ends),
        goal("FLAGS", "times the parser and line ends", AtMost, [1.4, 1.4], "FLAGS, 16 KiB reads", beside_parser_and_line_ends),
        goal("BODYSTRUCTURE", "times the parser and line ends", AtMost, [1.15, 1.15], "BODYSTRUCTURE, 16 KiB reads", beside_parser_and_line_ends),
        goal("POP3 mail", "of a copy in 64 KiB blocks, 64 KiB reads", AtLeast, [0.8, 0.8], "POP3 mail, un-stuffing", |contest| contest.times(pop3::DECODER, pop3::COPY)),
        goal("POP3 mail", "of a copy in 64 KiB blocks, 16 KiB reads", AtLeast, [0.8, 0.8], "POP3 mail, un-stuffing", |contest| contest.times(pop3::DECODER_16, pop3::COPY)),
        goal("POP3 mail", "of a copy in 64 KiB blocks, 8 KiB reads", AtLeast, [0.8, 0.8], "POP3 mail, un-stuffing", |contest| contest.times(pop3::DECODER_8, pop3::COPY)),
        goal("POP3 mail", "times a state machine per byte", AtLeast, [20.0, 20.0], "POP3 mail, un-stuffing", |contest| contest.times(pop3::DECODER, pop3::PER_OCTET)),
        goal("POP3 body", "times the time for a body eight times as long", AtMost, [9.0, 9.0], "POP3 body, 100 KB and 800 KB", |contest| contest.times(imap::ONCE, imap::EIGHT)),
        goal("POP3 LIST", "times pop3-codec", AtLeast, [1.3, 1.3], "POP3 LIST, one event an item", |contest| contest.times(pop3::MACHINE, pop3::CODEC)),
        goal("POP3 UIDL", "times pop3-codec", AtLeast, [1.3, 1.3], "POP3 UIDL, one event an item", |contest| contest.times(pop3::MACHINE, pop3::CODEC)),
        goal("POP3 RETR", "times libcurl in the same process, 8 MB over loopback", AtLeast, [1.0, 1.0], "POP3 RETR, 8 MB over loopback", |contest| contest.times(pop3::CLIENT, pop3::LIBCURL)),
        goal("POP3 RETR", "times the curl program by its own clock, 8 MB over loopback", AtLeast, [1.0, 1.0], "POP3 RETR, 8 MB over loopback", |contest| contest.times(pop3::CLIENT, pop3::CURL)),
        goal("POP3 RETR", "times the fastest Rust peer that finishes, 8 MB", AtLeast, [3.0, 3.0], "POP3 RETR, 8 MB over loopback", |contest| contest.times(pop3::CLIENT, contest.fastest_peer(&[pop3::CURL, pop3::LIBCURL])?)),
    ]
};

/// Figures without a goal. The design decides them: events own their bytes, and the machine keeps
/// limits and a state.
const DISTANCES: &[Measure] = &[
    Measure {
        load: "small bodies",
        what: "of the speed of plain 16 KiB reads",
        contest: "small bodies, 16 KiB reads",
        figure: |contest| contest.times(imap::MACHINE, &contest.baseline),
    },
    Measure {
        load: "large bodies",
        what: "of the speed of plain 16 KiB reads",
        contest: "large bodies, 16 KiB reads",
        figure: |contest| contest.times(imap::MACHINE, &contest.baseline),
    },
    Measure {
        load: "ENVELOPE",
        what: "times the time of the bare parser",
        contest: "ENVELOPE, 16 KiB reads",
        figure: beside_parser,
    },
    Measure {
        load: "FLAGS",
        what: "times the time of the bare parser",
        contest: "FLAGS, 16 KiB reads",
        figure: beside_parser,
    },
    Measure {
        load: "BODYSTRUCTURE",
        what: "times the time of the bare parser",
        contest: "BODYSTRUCTURE, 16 KiB reads",
        figure: beside_parser,
    },
];

/// One figure of the README: our client machine beside the fastest peer.
pub(crate) struct Headline {
    pub(crate) load: &'static str,
    pub(crate) ours: String,
    pub(crate) peer: String,
    pub(crate) theirs: String,
    pub(crate) ratio: String,
}

/// The loads of the README, and the contenders that do less than the work there: `imap-rs-core`
/// leaves ENVELOPE and BODYSTRUCTURE unparsed, and in one buffer a body is not touched at all.
const HEADLINES: &[(&str, &str, &[&str])] = &[
    ("ENVELOPE", "ENVELOPE, 16 KiB reads", &[RS_CORE, RS_CORE_READS]),
    ("FLAGS", "FLAGS, 16 KiB reads", &[]),
    ("BODYSTRUCTURE", "BODYSTRUCTURE, 16 KiB reads", &[RS_CORE, RS_CORE_READS]),
    ("SEARCH", "SEARCH, 16 KiB reads", &[]),
    ("bodies of 25 MiB", "large bodies, 16 KiB reads", &[imap::BASELINE]),
];

/// The five rows of the README. A load that was not measured has no row.
pub(crate) fn headlines(profile: &Profile) -> Vec<Headline> {
    let row = |&(load, contest, leave_out): &(&'static str, &str, &[&str])| {
        let contest = profile.contest(contest)?;
        let peer = contest.fastest_peer(leave_out)?;
        let speed = |name: &str| Some(format!("{:.0}", contest.megabytes_per_second(name)?));
        Some(Headline {
            load,
            ours: speed(imap::MACHINE)?,
            peer: peer.trim_end_matches(", whole").to_owned(),
            theirs: speed(peer)?,
            ratio: format!("{:.1}", contest.times(imap::MACHINE, peer)?.median),
        })
    };
    HEADLINES.iter().filter_map(row).collect()
}

/// Figures without a verdict.
pub(crate) fn distances(profiles: &[Profile]) -> Vec<Distance> {
    let text =
        |figure: Option<Figure>| figure.map_or_else(|| NOT_MEASURED.to_owned(), |f| f.to_string());
    DISTANCES
        .iter()
        .map(|measure| Distance {
            load: measure.load,
            what: measure.what,
            figures: profiles.iter().map(|profile| text(measure.of(profile))).collect(),
        })
        .collect()
}

/// Goals about allocations: the load, and the most allocations of a response.
const ALLOCATIONS: &[(&str, f64)] = &[("ENVELOPE", 0.0), ("FLAGS", 0.0), ("BODYSTRUCTURE", 1.0)];
/// Bytes that may be held while a body of 25 MiB passes.
const HELD: f64 = 65_536.0;

/// Compares the figures with the goals.
pub(crate) fn verdicts(profiles: &[Profile], allocations: &[Allocations]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = GOALS
        .iter()
        .map(|goal| Verdict {
            load: goal.measure.load,
            what: goal.measure.what.to_owned(),
            cells: profiles
                .iter()
                .zip(goal.reach)
                .map(|(profile, reach)| {
                    let figure = goal.measure.of(profile);
                    let (words, reached): (_, fn(f64, f64) -> bool) = match goal.side {
                        Side::AtLeast => ("at least", |figure, reach| figure >= reach),
                        Side::AtMost => ("at most", |figure, reach| figure <= reach),
                    };
                    (
                        format!("{words} {reach}"),
                        figure.map_or_else(|| NOT_MEASURED.to_owned(), |f| f.to_string()),
                        figure.map(|figure| reached(figure.median, reach)),
                    )
                })
                .collect(),
        })
        .collect();
    let ours =
        |load: &str| allocations.iter().find(|row| row.load == load && row.name == imap::MACHINE);
    // The read buffer is allocated once for a connection.
    const ONCE: f64 = 0.005;
    for &(load, reach) in ALLOCATIONS {
        let each = ours(load).map(|row| row.each);
        verdicts.push(Verdict {
            load,
            what: "allocations a response, those of the connection aside".to_owned(),
            cells: vec![(
                format!("at most {reach}"),
                each.map_or_else(|| NOT_MEASURED.to_owned(), |each| format!("{each:.3}")),
                each.map(|each| each <= reach + ONCE),
            )],
        });
    }
    let most = ours("large bodies").map(|row| row.most);
    verdicts.push(Verdict {
        load: "large bodies",
        what: "bytes held at a time".to_owned(),
        cells: vec![(
            format!("under {HELD}"),
            most.map_or_else(|| NOT_MEASURED.to_owned(), |most| most.to_string()),
            most.map(|most| most < HELD),
        )],
    });
    verdicts
}
