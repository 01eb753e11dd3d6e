//! Shortcuts for the responses that make up a session: FETCH, EXISTS, EXPUNGE, RECENT, OK, LIST,
//! STATUS, SEARCH and CAPABILITY.
//!
//! Each gives exactly what the general rule of the same name gives, or `None`, and then the general
//! rule is tried. The forms are those of nearly every server: names in capitals, one space, strings
//! in quotes without escapes.

mod capability;
mod condition;
mod fetch;
mod list;
mod message;
mod search;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    capability::{capability_data, capability_list},
    condition::resp_cond,
    fetch::{body_item_name, fetch},
    list::mailbox_list,
    message::message_data,
    search::{next_number, search_data},
    status::{status, status_att_val},
};
