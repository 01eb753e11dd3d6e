//! Shortcuts for the responses that make up a session: FETCH, LIST, STATUS and CAPABILITY.
//!
//! Each gives exactly what the general rule of the same name gives, or `None`, and then the general
//! rule is tried. The forms are those of nearly every server: names in capitals, one space, strings
//! in quotes without escapes.

mod capability;
mod fetch;
mod mailbox;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    capability::capability_data,
    fetch::{attribute, body_item_name, fetch, is_end},
    mailbox::{mailbox_list, status, status_att_val},
};
