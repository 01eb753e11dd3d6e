//! Feeds recorded server octets through the framer and the grammar and counts what came out.
//!
//! ```text
//! parse [--chunk N] [--show] FILE...
//! ```
//!
//! One line a file and a total: `FILE responses=N typed=N unknown=N malformed_items=N malformed_lines=N fatal=0|1`.
//! `typed` are the responses that are neither unknown nor malformed lines. `--chunk N` hands the octets over N at a time.
//! `--show` prints each response with every value, one line each. Any tag is taken: a recorded stream has no commands to
//! match. The exit status is 1 if the framing of a file broke.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::{env, fs, process::ExitCode};

use bytes::BytesMut;
use imap_proto_lite::{
    Limits, Quirks, Response,
    frame::{Frame, Framer},
    response::{AttributeIter, FetchAttribute},
};

#[derive(Default)]
struct Count {
    responses: u64,
    typed: u64,
    unknown: u64,
    malformed_items: u64,
    malformed_lines: u64,
    fatal: u64,
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.responses += other.responses;
        self.typed += other.typed;
        self.unknown += other.unknown;
        self.malformed_items += other.malformed_items;
        self.malformed_lines += other.malformed_lines;
        self.fatal += other.fatal;
    }

    fn response(&mut self, response: &Response<'_>) {
        let malformed = |items: AttributeIter<'_>| {
            items.filter(|item| matches!(item, FetchAttribute::Malformed { .. })).count() as u64
        };
        self.responses += 1;
        match response {
            Response::Unknown { .. } => self.unknown += 1,
            Response::Malformed { .. } => self.malformed_lines += 1,
            Response::Fetch(fetch) => {
                self.typed += 1;
                self.malformed_items += malformed(fetch.iter());
            }
            Response::UidFetch { attributes, .. } => {
                self.typed += 1;
                self.malformed_items += malformed(attributes.iter());
            }
            _ => self.typed += 1,
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { responses, typed, unknown, malformed_items, malformed_lines, fatal } = self;
        write!(
            f,
            "responses={responses} typed={typed} unknown={unknown} malformed_items={malformed_items} \
             malformed_lines={malformed_lines} fatal={fatal}"
        )
    }
}

fn main() -> ExitCode {
    let mut chunk = usize::MAX;
    let mut show = false;
    let mut files = Vec::new();
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--show" => show = true,
            "--chunk" => match arguments
                .next()
                .and_then(|octets| octets.parse().ok())
                .filter(|octets| *octets > 0)
            {
                Some(octets) => chunk = octets,
                None => return usage(),
            },
            option if option.starts_with("--") => return usage(),
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        return usage();
    }
    let mut total = Count::default();
    for file in &files {
        let octets = match fs::read(file) {
            Ok(octets) => octets,
            Err(error) => {
                eprintln!("{file}: {error}");
                return ExitCode::from(2);
            }
        };
        let count = parse(&octets, chunk, show);
        println!("{file} {count}");
        total.add(&count);
    }
    println!("TOTAL files={} {total}", files.len());
    if total.fatal > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn usage() -> ExitCode {
    eprintln!("usage: parse [--chunk N] [--show] FILE...");
    ExitCode::from(2)
}

fn parse(octets: &[u8], chunk: usize, show: bool) -> Count {
    let mut count = Count::default();
    // What a file announces takes no memory: its octets are here, or they do not come.
    let mut limits = Limits::default();
    (limits.line, limits.literal) = (usize::MAX, usize::MAX);
    let mut framer = Framer::new(&limits, &Quirks::default());
    let mut input = BytesMut::new();
    // The bodies that went by before their response.
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for piece in octets.chunks(chunk.min(octets.len()).max(1)) {
        input.extend_from_slice(piece);
        loop {
            match framer.next(&mut input) {
                Ok(None) => break,
                Ok(Some(Frame::BodyStart { .. })) => bodies.push(Vec::new()),
                Ok(Some(Frame::Body { chunk, .. })) => {
                    if let Some(body) = bodies.last_mut() {
                        body.extend_from_slice(&chunk);
                    }
                }
                Ok(Some(Frame::Line(line))) => {
                    let response = line.response();
                    count.response(&response);
                    if show {
                        let bodies: Vec<String> =
                            bodies.iter().map(|body| body.escape_ascii().to_string()).collect();
                        println!("  {response:?} bodies={bodies:?}");
                    }
                    bodies.clear();
                }
                Ok(Some(_)) => {}
                Err(error) => {
                    eprintln!("{error}");
                    count.fatal = 1;
                    return count;
                }
            }
        }
    }
    count
}
