//! The work loads, each a pure function of a count.
//!
//! | load | content |
//! |---|---|
//! | ENVELOPE | FETCH of UID, FLAGS, INTERNALDATE, RFC822.SIZE and ENVELOPE |
//! | FLAGS | FETCH of UID and FLAGS: a client catches up with a mailbox |
//! | BODYSTRUCTURE | FETCH of UID and BODYSTRUCTURE with extension data |
//! | small bodies, large bodies | FETCH of UID and BODY[], 20 KiB and 25 MiB each |
//! | LIST, STATUS, CAPABILITY | one response a line |
//! | SEARCH, ESEARCH | one long line |
//! | mixed, few FLAGS, few ENVELOPE | small loads, to be read in small pieces |
//! | hostile | hostile input ([`hostile`]) |
//! | changes | every way in which a mailbox or a maildrop can change ([`index`]) |
//! | POP3 | bodies of four kinds, LIST and UIDL ([`pop3`]) |

pub mod body;
pub mod envelope;
pub mod hostile;
pub mod index;
pub mod lines;
pub mod pop3;
pub mod structure;

use bytes::Bytes;

/// A server's bytes, back to back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Load {
    /// Its name in the results.
    pub name: &'static str,
    /// Its content.
    pub content: &'static str,
    /// The bytes.
    pub octets: Bytes,
    /// The number of responses, messages or items.
    pub units: usize,
    /// The name of one unit.
    pub unit: &'static str,
}

impl Load {
    fn new(
        name: &'static str,
        content: &'static str,
        octets: Vec<u8>,
        units: usize,
        unit: &'static str,
    ) -> Self {
        Self { name, content, octets: octets.into(), units, unit }
    }
}
