//! `imap-proto-lite`: its parser, its framer and its client machine.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Config, Limits, Quirks, Response, Transport,
    client::{Connection, Event},
    envelope::{AddressList, Envelope},
    frame::{Frame, Framer},
    parse,
    response::FetchAttribute,
};
use memchr::memchr;

use crate::{
    limits,
    measure::Outcome,
    source::{READ, Source},
};

/// The depth to which a response is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Depth {
    /// Nothing: the line is passed on unread.
    Line,
    /// It is parsed: every attribute is checked and typed, lists are checked and counted, as the
    /// peers do.
    Parse,
    /// Additionally every item of every list is taken out, every date worked out.
    Walk,
}

/// The greeting before each load that a machine reads.
pub const GREETING: &[u8] = b"* OK ready\r\n";

/// The responses of a load, one by one.
///
/// # Errors
/// The load is not a sequence of responses.
pub fn lines(octets: &[u8]) -> Result<Vec<Bytes>, String> {
    let mut framer = Framer::new(&Limits::default(), &Quirks::default());
    let mut input = BytesMut::from(octets);
    let mut lines = Vec::new();
    while let Some(frame) = framer.next(&mut input).map_err(|error| error.to_string())? {
        if let Frame::Line(line) = frame {
            lines.push(Bytes::copy_from_slice(line.octets()));
        }
    }
    Ok(lines)
}

/// The parser alone, on complete responses.
///
/// # Errors
/// A response that it does not understand.
pub fn parser(lines: &[Bytes], depth: Depth) -> Outcome {
    for line in lines {
        look(&parse::response(line, &[]), depth)?;
    }
    Ok(lines.len() as u64)
}

/// The parser on one buffer that holds everything: it finds line ends and skips the bytes of
/// literals.
///
/// # Errors
/// A response that it does not understand, or that has no end.
pub fn whole(octets: &[u8], depth: Depth) -> Outcome {
    let mut rest = octets;
    let mut lines = 0;
    while !rest.is_empty() {
        let (line, behind) = response_end(rest)
            .and_then(|end| rest.split_at_checked(end))
            .ok_or("a response without end")?;
        look(&parse::response(line, &[]), depth)?;
        lines += 1;
        rest = behind;
    }
    Ok(lines)
}

/// The parser over reads, with the least work for lines that own their bytes: the line end is
/// searched, the line handed out as `Bytes`. No limits, no bodies, and a line that is not complete
/// is searched again.
///
/// # Errors
/// A response that it does not understand, or bytes left over.
pub fn cut_out(octets: &[u8], depth: Depth) -> Outcome {
    let mut source = Source::new(octets, READ);
    let mut input = BytesMut::with_capacity(READ + 4096);
    let mut lines = 0;
    while source.read_buf(&mut input) > 0 {
        while let Some(end) = response_end(&input) {
            look(&parse::response(&input.split_to(end).freeze(), &[]), depth)?;
            lines += 1;
        }
    }
    finished(&input, lines)
}

fn response_end(octets: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let end = from + memchr(b'\n', octets.get(from..)?)? + 1;
        match limits::announced(octets.get(from..end)?) {
            Some(literal) => from = end + literal,
            None => return Some(end),
        }
    }
}

/// Framer and parser, without the machine.
///
/// # Errors
/// The first response that is not understood.
pub fn framer(octets: &[u8], read: usize, depth: Depth) -> Outcome {
    let mut source = Source::new(octets, read);
    let mut framer = Framer::new(&Limits::default(), &Quirks::default());
    let mut input = BytesMut::with_capacity(READ + 4096);
    let mut lines = 0;
    while source.read_buf(&mut input) > 0 {
        while let Some(frame) = framer.next(&mut input).map_err(|error| error.to_string())? {
            if let Frame::Line(line) = frame {
                lines += 1;
                if depth == Depth::Line {
                    black_box(&line);
                } else {
                    look(&line.response(), depth)?;
                }
            }
        }
    }
    finished(&input, lines)
}

/// The client machine.
///
/// # Errors
/// The first response that is not understood.
pub fn machine(octets: &[u8], read: usize, depth: Depth) -> Outcome {
    let mut lines = 0;
    events(octets, read, |event| {
        match event {
            Event::Untagged(line) => {
                lines += 1;
                if depth == Depth::Line {
                    take(line);
                } else {
                    look(&line.response(), depth)?;
                }
            }
            Event::BodyStart { .. } | Event::Body { .. } | Event::BodyEnd => take(event),
            other => return Err(format!("{other:?}")),
        }
        Ok(())
    })?;
    Ok(lines)
}

/// Passes every event after the greeting to `take`.
///
/// # Errors
/// An error of the machine or of `take`, or a rest that is no complete response.
pub fn events(
    octets: &[u8],
    read: usize,
    mut take: impl FnMut(&Event) -> Result<(), String>,
) -> Result<(), String> {
    let mut connection = Connection::new(Config::new(Transport::Tls));
    let mut input = BytesMut::with_capacity(READ + 4096);
    input.extend_from_slice(GREETING);
    match connection.poll_event(&mut input) {
        Ok(Some(Event::Greeting { .. })) => {}
        other => return Err(format!("{other:?}")),
    }
    let mut source = Source::new(octets, read);
    while source.read_buf(&mut input) > 0 {
        loop {
            match &connection.poll_event(&mut input) {
                Ok(Some(event)) => take(event)?,
                Ok(None) => break,
                Err(error) => return Err(error.to_string()),
            }
        }
    }
    finished(&input, 0).map(|_| ())
}

fn finished(input: &BytesMut, lines: u64) -> Outcome {
    if input.is_empty() { Ok(lines) } else { Err(format!("{} octets left over", input.len())) }
}

fn look(response: &Response<'_>, depth: Depth) -> Result<(), String> {
    match response {
        Response::Fetch(fetch) => {
            let mut attributes = fetch.iter();
            // In place: moving it costs more than parsing most attributes.
            while let Some(attribute) = &attributes.next() {
                match attribute {
                    FetchAttribute::Malformed { .. } | FetchAttribute::Unknown { .. } => {
                        return Err(format!("{attribute:?}"));
                    }
                    attribute if depth == Depth::Walk => walk(attribute),
                    _ => {}
                }
                take(attribute);
            }
        }
        Response::Malformed { .. } | Response::Unknown { .. } => {
            return Err(format!("{response:?}"));
        }
        Response::List(entry) if depth == Depth::Walk => take_all(entry.attributes.iter()),
        Response::Search(search) if depth == Depth::Walk => {
            take(&search.numbers.iter().map(|number| u64::from(number.get())).sum::<u64>())
        }
        Response::Esearch(esearch) if depth == Depth::Walk => {
            if let Some(set) = esearch.all.as_ref().and_then(|set| set.uids()) {
                take(&set.iter().map(|range| range.count()).sum::<u64>());
            }
        }
        Response::Status(status) if depth == Depth::Walk => take_all(status.values.iter()),
        Response::Capability(list) if depth == Depth::Walk => take_all(list.iter()),
        _ => {}
    }
    black_box(response);
    Ok(())
}

fn take<T>(value: &T) {
    black_box(value);
}

/// Takes each item in place.
fn take_all<T>(mut items: impl Iterator<Item = T>) {
    while let Some(item) = &items.next() {
        take(item);
    }
}

fn walk(attribute: &FetchAttribute<'_>) {
    match attribute {
        FetchAttribute::Flags(flags) => take_all(flags.iter()),
        FetchAttribute::InternalDate(date) => take(&date.date_time()),
        FetchAttribute::Envelope(envelope) => walk_envelope(envelope),
        FetchAttribute::BodyStructure(structure) => {
            for part in structure.parts() {
                take(&part.kind());
                take(&part.media_type());
                take(&part.subtype());
                take(&part.id());
                take(&part.description());
                take(&part.encoding());
                take_all(part.parameters().iter());
                take(&part.octets());
                take(&part.lines());
                take(&part.md5());
                take(&part.location());
                take_all(part.languages().iter());
                if let Some(disposition) = part.disposition() {
                    take(&disposition.kind);
                    take_all(disposition.parameters.iter());
                }
                if let Some(envelope) = part.envelope() {
                    walk_envelope(&envelope);
                }
            }
        }
        _ => {}
    }
}

fn walk_envelope(envelope: &Envelope<'_>) {
    take(&envelope.date());
    take(&envelope.subject());
    for list in lists(envelope) {
        take_all(list.iter());
    }
    take(&envelope.in_reply_to());
    take(&envelope.message_id());
}

/// The six address lists of an envelope.
#[must_use]
pub fn lists<'e>(envelope: &'e Envelope<'_>) -> [AddressList<'e>; 6] {
    [
        envelope.from(),
        envelope.sender(),
        envelope.reply_to(),
        envelope.to(),
        envelope.cc(),
        envelope.bcc(),
    ]
}
