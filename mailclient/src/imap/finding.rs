//! [`Finding`]: the answer to UID SEARCH, as ranges.

use imap_proto_lite::{
    Uid,
    response::{Response, ResultSet},
};

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
    gaps: Gaps,
}

impl Finding {
    pub(super) const fn new(limit: u64) -> Self {
        Self { found: Ranges::new(), limit, gaps: Gaps::new() }
    }

    /// True if the response is part of the answer.
    pub(super) fn hear(&mut self, response: &Response<'_>) -> bool {
        match response {
            Response::Search(result) => {
                self.gaps.line(&result.damaged, result.numbers.skipped() == 0);
                result.numbers.uids().all(|uid| self.add(uid, uid));
            }
            Response::Esearch(result) => {
                let uids = result.all.as_ref().and_then(ResultSet::uids);
                // Numbers that are no UIDs are none of messages that an id can name.
                let whole = result.all.is_none() || uids.is_some_and(|uids| uids.skipped() == 0);
                self.gaps.line(&result.damaged, whole);
                let mut ranges = uids.into_iter().flat_map(|uids| uids.iter());
                ranges.all(|range| self.add(range.first, range.last));
            }
            other => return self.gaps.other(other, &["SEARCH", "ESEARCH"]),
        }
        true
    }

    /// False if there is no room.
    fn add(&mut self, first: Uid, last: Uid) -> bool {
        self.gaps.is_full |= self.found.len() as u64 * RANGE >= self.limit;
        if !self.gaps.is_full {
            self.found.insert_range(number(first), number(last));
        }
        !self.gaps.is_full
    }

    /// The UIDs.
    ///
    /// # Errors
    /// [`Error::Limit`], or [`Error::Damaged`] when part of the answer could not be read.
    pub(super) fn finish(self) -> Result<Ranges> {
        self.gaps.finish(self.limit)?;
        Ok(self.found)
    }
}

/// Why an answer to SEARCH, SORT or THREAD is not whole.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    damage: Option<Error>,
    /// There was no room for all of it.
    pub(super) is_full: bool,
}

impl Gaps {
    pub(super) const fn new() -> Self {
        Self { damage: None, is_full: false }
    }

    /// A line of the answer, with its unreadable bytes, and whether its numbers can be read.
    pub(super) fn line(&mut self, damaged: &[u8], whole: bool) {
        if !whole || !damaged.is_empty() {
            self.damage.get_or_insert_with(|| {
                let reason =
                    "part of the answer to a search cannot be read: messages may be missing from it";
                Error::damaged(None, reason, damaged)
            });
        }
    }

    /// A response of another kind; true if it is a line of these names that cannot be read.
    pub(super) fn other(&mut self, response: &Response<'_>, names: &[&'static str]) -> bool {
        let is_ours = names.iter().any(|name| response.is_malformed(name));
        if let (Response::Malformed { raw }, true) = (response, is_ours) {
            self.line(raw, false);
        }
        is_ours
    }

    pub(super) fn finish(self, limit: u64) -> Result<()> {
        if self.is_full {
            return Err(full(limit));
        }
        self.damage.map_or(Ok(()), Err)
    }
}

/// More than there is room for.
pub(super) fn full(limit: u64) -> Error {
    Error::limit("bytes of a search result", limit)
}
