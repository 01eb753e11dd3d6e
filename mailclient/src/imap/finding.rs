//! [`Finding`]: the answer to UID SEARCH, as ranges.

use imap_proto_lite::{Uid, response::Response};

use crate::{
    error::{Error, Result},
    id::Ranges,
    imap::naming::number,
};

/// The memory of a range, in bytes.
pub(super) const RANGE: u64 = 16;

/// The UIDs that a search found so far. The answer may come in several lines, and as ESEARCH.
#[derive(Debug)]
pub(super) struct Finding {
    found: Ranges,
    /// The most bytes of `found`.
    limit: u64,
    /// Why `found` is not whole.
    problem: Option<Error>,
}

impl Finding {
    pub(super) const fn new(limit: u64) -> Self {
        Self { found: Ranges::new(), limit, problem: None }
    }

    /// True if the response is part of the answer.
    pub(super) fn hear(&mut self, response: &Response<'_>) -> bool {
        match response {
            Response::Search(result) => {
                self.check(&result.damaged, result.numbers.skipped());
                result.numbers.uids().all(|uid| self.add(uid, uid));
            }
            Response::Esearch(result) if result.uid => {
                let uids = result.all.as_ref().and_then(|all| all.uids());
                self.check(&result.damaged, uids.map_or(0, |uids| uids.skipped()));
                let mut ranges = uids.into_iter().flat_map(|uids| uids.iter());
                ranges.all(|range| self.add(range.first, range.last));
            }
            Response::Malformed { raw } if is_search(raw) => self.check(raw, 1),
            _ => return false,
        }
        true
    }

    /// False if there is no room.
    fn add(&mut self, first: Uid, last: Uid) -> bool {
        let has_room = self.found.len() as u64 * RANGE < self.limit;
        if has_room {
            self.found.insert_range(number(first), number(last));
        } else {
            self.problem = Some(Error::limit("bytes of a search result", self.limit));
        }
        has_room
    }

    fn check(&mut self, damaged: &[u8], skipped: usize) {
        if !damaged.is_empty() || skipped > 0 {
            let reason = "part of the answer to a search cannot be read: messages may be missing";
            self.problem.get_or_insert_with(|| Error::damaged(None, reason, damaged));
        }
    }

    /// What was found.
    ///
    /// # Errors
    /// [`Error::Limit`], or [`Error::Damaged`] when part of the answer could not be read.
    pub(super) fn finish(self) -> Result<Ranges> {
        self.problem.map_or(Ok(self.found), Err)
    }
}

fn is_search(raw: &[u8]) -> bool {
    let line = raw.to_ascii_uppercase();
    line.starts_with(b"* SEARCH") || line.starts_with(b"* ESEARCH")
}
