//! `imap-next` 0.3: a machine over `imap-codec`.

use std::hint::black_box;

use imap_next::{
    Interrupt, Io, State as _,
    client::{Client, Options},
};

use crate::{
    measure::Outcome,
    source::{READ, Source},
};

/// Events to the end of the load.
///
/// # Errors
/// The first response that it does not understand.
pub fn streamed(octets: &[u8], read: usize) -> Outcome {
    let mut options = Options::default();
    options.discard_greeting = true;
    let mut client = Client::new(options);
    let mut source = Source::new(octets, read);
    let mut block = vec![0; READ];
    let mut events = 0;
    loop {
        match client.next() {
            Ok(event) => {
                black_box(&event);
                events += 1;
            }
            Err(Interrupt::Io(Io::NeedMoreInput)) => {
                let octets = source.read(&mut block);
                if octets == 0 {
                    return Ok(events);
                }
                client.enqueue_input(block.get(..octets).unwrap_or_default());
            }
            Err(Interrupt::Io(Io::Output(_))) => {}
            Err(Interrupt::Error(error)) => return Err(super::at(events, error.to_string())),
        }
    }
}
