//! Feeds recorded bytes of a server through the framer and the grammar and counts the responses.
//!
//! ```text
//! imap_parse [--chunk N] [--show] FILE...
//! ```
//!
//! Prints one line per file, and a total:
//! `FILE responses=N typed=N unknown=N malformed_items=N malformed_lines=N fatal=0|1`. `typed` are
//! the responses that are neither unknown nor malformed lines. `--chunk N` hands over N bytes at a
//! time. `--show` prints each response with every value, one line each. Any tag is accepted: a
//! recorded stream has no commands to match. The exit status is 1 if the framing of a file broke.

use std::{
    env, fs,
    io::{self, BufWriter, ErrorKind, Write},
    process::ExitCode,
};

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
                .and_then(|bytes| bytes.parse().ok())
                .filter(|bytes| *bytes > 0)
            {
                Some(bytes) => chunk = bytes,
                None => return usage(),
            },
            option if option.starts_with("--") => return usage(),
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        return usage();
    }
    match parse_files(&files, chunk, show) {
        Ok(total) if total.fatal == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        // The reader of a pipe has seen enough (`imap_parse ... | head -1`).
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn parse_files(files: &[String], chunk: usize, show: bool) -> io::Result<Count> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut total = Count::default();
    for file in files {
        let bytes = fs::read(file).map_err(|error| io::Error::other(format!("{file}: {error}")))?;
        let count = parse(&bytes, chunk, show, &mut out)?;
        writeln!(out, "{file} {count}")?;
        total.add(&count);
    }
    writeln!(out, "TOTAL files={} {total}", files.len())?;
    out.flush()?;
    Ok(total)
}

fn usage() -> ExitCode {
    eprintln!("usage: imap_parse [--chunk N] [--show] FILE...");
    ExitCode::from(2)
}

fn parse(bytes: &[u8], chunk: usize, show: bool, out: &mut impl Write) -> io::Result<Count> {
    let mut count = Count::default();
    // No limit is needed: nothing is longer than the file.
    let mut limits = Limits::default();
    (limits.line, limits.literal) = (usize::MAX, usize::MAX);
    let mut framer = Framer::new(&limits, &Quirks::default());
    let mut input = BytesMut::new();
    // The bodies that were streamed before their response.
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for piece in bytes.chunks(chunk.min(bytes.len()).max(1)) {
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
                        writeln!(out, "  {response:?} bodies={bodies:?}")?;
                    }
                    bodies.clear();
                }
                Ok(Some(_)) => {}
                Err(error) => {
                    eprintln!("{error}");
                    count.fatal = 1;
                    return Ok(count);
                }
            }
        }
    }
    Ok(count)
}
