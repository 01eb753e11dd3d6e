//! Stands in until `parse::command` is there.

use crate::command::{Command, Tag};

pub(super) fn command(_octets: &[u8]) -> Result<(Tag<'_>, Command<'_>), ()> {
    Err(())
}
