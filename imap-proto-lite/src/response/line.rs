//! One complete response as it came: [`Line`].

use alloc::vec::Vec;
use core::{fmt, slice};

use bytes::Bytes;

use crate::{
    event::Text,
    response::{Response, parse},
};

/// One complete response of a server: its bytes, and their meaning on demand.
///
/// Literals are in these bytes as they came (`{5}`, CRLF, five bytes), except those that were
/// streamed as a body: their bytes are left out, and the line remembers where.
///
/// The bytes are a slice of the input buffer: keeping a line keeps that buffer.
/// [`detached`](Self::detached) makes a copy that keeps nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    octets: Bytes,
    streamed: Streamed,
}

/// The places in a line where streamed bodies were left out. Most lines have none, and most others
/// one.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) enum Streamed {
    #[default]
    Nowhere,
    Once(u32),
    Often(Vec<u32>),
}

impl Streamed {
    /// Adds a place after the others.
    pub(crate) fn push(&mut self, place: u32) {
        match self {
            Self::Nowhere => *self = Self::Once(place),
            Self::Once(first) => *self = Self::Often(alloc::vec![*first, place]),
            Self::Often(places) => places.push(place),
        }
    }

    fn as_slice(&self) -> &[u32] {
        match self {
            Self::Nowhere => &[],
            Self::Once(place) => slice::from_ref(place),
            Self::Often(places) => places,
        }
    }
}

impl Line {
    pub(crate) const fn new(octets: Bytes, streamed: Streamed) -> Self {
        Self { octets, streamed }
    }

    /// The bytes, with the final CRLF and without those of streamed bodies.
    pub fn octets(&self) -> &Bytes {
        &self.octets
    }

    /// For each streamed body, the offset in [`octets`](Self::octets) where it was left out: just
    /// after the CRLF of its literal header. Ascending.
    pub fn streamed(&self) -> &[u32] {
        self.streamed.as_slice()
    }

    /// Parses the line. Never fails: a response that cannot be read is [`Response::Malformed`] and
    /// one that is not known is [`Response::Unknown`], both with their bytes.
    pub fn response(&self) -> Response<'_> {
        parse::response(&self.octets, self.streamed.as_slice())
    }

    /// A copy that does not keep the input buffer alive.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self { octets: Bytes::copy_from_slice(&self.octets), streamed: self.streamed.clone() }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({}", Text::excerpt(self.octets.trim_ascii_end()))?;
        if self.streamed != Streamed::Nowhere {
            write!(f, ", streamed at {:?}", self.streamed())?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_detached_line_is_equal_and_lies_elsewhere() {
        let line = Line::new(Bytes::from(b"* 1 EXISTS\r\n".to_vec()), Streamed::Nowhere);
        let copy = line.detached();
        assert_eq!(copy, line);
        assert_ne!(copy.octets().as_ptr(), line.octets().as_ptr());
        assert_eq!(format!("{line:?}"), "Line(* 1 EXISTS)");
    }
}
