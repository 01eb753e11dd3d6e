//! `async-imap` 0.12 over a stream that is always ready.

use std::hint::black_box;

use futures_util::FutureExt as _;

use crate::{
    measure::Outcome,
    source::{Source, Stream},
};

/// Reads responses to the end. It reads at most 4 KiB at a time by itself.
///
/// # Errors
/// The first response that it does not understand.
pub fn streamed(octets: &[u8], read: usize) -> Outcome {
    let mut client = async_imap::Client::new(Stream::new(Source::new(octets, read)));
    let mut responses = 0;
    loop {
        match client.read_response().now_or_never().ok_or("not ready")? {
            Ok(Some(response)) => {
                black_box(&response);
                responses += 1;
            }
            Ok(None) => return Ok(responses),
            Err(error) => return Err(super::at(responses, error.to_string())),
        }
    }
}
