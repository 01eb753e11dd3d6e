//! Crates of others, each with the loop that its documentation suggests, and the values that each
//! understands of a load.
//!
//! All are used as published, with default features unless the load needs another one.

pub mod async_imap;
pub mod imap_codec;
pub mod imap_next;
pub mod imap_proto;
pub mod imap_rs_core;
pub mod libcurl;
pub mod pop3;

use bytes::{Buf as _, BytesMut};

use crate::{
    measure::Outcome,
    source::{READ, Source},
};

/// The progress of a parser.
pub(crate) enum Step {
    /// A response of this many bytes.
    Response(usize),
    /// More bytes are needed; the number, if the parser tells it.
    More(usize),
}

/// Parses response after response out of one buffer.
pub(crate) fn whole(
    octets: &[u8],
    mut parse: impl FnMut(&[u8]) -> Result<Step, String>,
) -> Outcome {
    let mut rest = octets;
    let mut responses = 0;
    while !rest.is_empty() {
        match parse(rest).map_err(|error| at(responses, error))? {
            Step::Response(used) => rest = rest.get(used..).unwrap_or_default(),
            Step::More(_) => return Err(at(responses, "incomplete".to_owned())),
        }
        responses += 1;
    }
    Ok(responses)
}

/// Reads into a buffer and parses after each read, as a client without a framer does. A parser that
/// tells how many bytes it needs is not called before.
pub(crate) fn streamed(
    octets: &[u8],
    read: usize,
    mut parse: impl FnMut(&[u8]) -> Result<Step, String>,
) -> Outcome {
    let mut source = Source::new(octets, read);
    let mut input = BytesMut::with_capacity(4 * READ);
    let mut responses = 0;
    let mut needed = 1;
    while source.read_buf(&mut input) > 0 {
        while input.len() >= needed {
            match parse(&input).map_err(|error| at(responses, error))? {
                Step::Response(used) => {
                    input.advance(used);
                    responses += 1;
                    needed = 1;
                }
                Step::More(octets) => needed = input.len() + octets.max(1),
            }
        }
    }
    if input.is_empty() {
        Ok(responses)
    } else {
        Err(at(responses, format!("{} octets left over", input.len())))
    }
}

pub(crate) fn at(responses: u64, error: String) -> String {
    format!("after {responses} responses: {}", error.chars().take(120).collect::<String>())
}
