//! Other people's crates, each with the loop that its documentation suggests, and what each understands of a load.
//!
//! All of them are used as published, with default features unless a feature is what makes the load readable at all.

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

/// How far a parser came.
pub(crate) enum Step {
    /// A response of so many octets.
    Response(usize),
    /// More octets are needed; so many more, if it says.
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

/// Reads into a buffer and parses what is there after each read, as a client without a framer does. While the parser knows how many
/// octets it needs, it is not called before they are there.
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
