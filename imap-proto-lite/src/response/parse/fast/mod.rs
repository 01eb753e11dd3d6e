//! Shortcuts for the responses that make up a session: FETCH, LIST, STATUS, SEARCH and CAPABILITY.
//!
//! Each gives exactly what the general rule of the same name gives, or `None`, and then the general
//! rule is tried. The forms are those of nearly every server: names in capitals, one space, strings
//! in quotes without escapes.

mod capability;
mod fetch;
mod list;
mod search;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    capability::capability_data,
    fetch::{attribute, body_item_name, end, fetch},
    search::{next_number, search_data},
    status::status_att_val,
};
use crate::response::Response;

/// LIST, STATUS and CAPABILITY.
#[inline(always)]
pub(crate) fn named_data(octets: &[u8]) -> Option<Response<'_>> {
    match octets {
        [b'*', b' ', b'L', b'I', b'S', b'T', b' ', rest @ ..] => {
            list::mailbox_list(rest).map(Response::List)
        }
        [b'*', b' ', b'S', b'T', b'A', b'T', b'U', b'S', b' ', rest @ ..] => {
            status::status(rest).map(Response::Status)
        }
        [b'*', b' ', b'C', b'A', b'P', ..] => {
            capability_data(octets).map(|words| Response::Capability(capability::list(words)))
        }
        _ => None,
    }
}
