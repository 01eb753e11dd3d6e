//! Pieces of answers that several commands send.

use imap_proto_lite::{
    Flag, Flags, Response, Uid,
    response::{Condition, ResponseCode},
    sequence::{NumberRange, UidRanges},
};

use super::super::store::Refusal;

/// The response code of a refusal.
pub(super) fn code(refusal: Refusal) -> ResponseCode<'static> {
    match refusal {
        Refusal::NonExistent => ResponseCode::NonExistent,
        Refusal::AlreadyExists => ResponseCode::AlreadyExists,
        Refusal::HasChildren => ResponseCode::HasChildren,
        Refusal::Cannot => ResponseCode::Cannot,
        Refusal::NoPerm => ResponseCode::NoPerm,
        Refusal::OverQuota => ResponseCode::OverQuota,
        Refusal::Limit => ResponseCode::Limit,
    }
}

/// As [`code`], for a command that brings messages to a folder: the client may make it.
pub(super) fn code_of_target(refusal: Refusal) -> ResponseCode<'static> {
    match refusal {
        Refusal::NonExistent => ResponseCode::TryCreate,
        refusal => code(refusal),
    }
}

/// A set of these UIDs, neighbours joined to ranges.
pub(super) fn uid_ranges(uids: impl IntoIterator<Item = u32>) -> UidRanges<'static> {
    UidRanges::new(NumberRange::joined(uids.into_iter().filter_map(Uid::new)))
}

/// FLAGS and PERMANENTFLAGS: the flags that a folder has. Keywords can be added unless it is open
/// for reading, where nothing can be changed.
pub(super) fn known_flags(flags: Vec<Flag<'static>>, read_only: bool) -> [Response<'static>; 2] {
    let permanent =
        if read_only { Vec::new() } else { flags.iter().cloned().chain([Flag::Any]).collect() };
    [
        Response::Flags(Flags::new(flags)),
        said(ResponseCode::PermanentFlags(Flags::new(permanent)), "these can be set"),
    ]
}

/// An untagged OK.
pub(super) fn said(code: ResponseCode<'static>, text: &'static str) -> Response<'static> {
    Response::Condition { condition: Condition::Ok, code: Some(code), text: text.as_bytes().into() }
}
