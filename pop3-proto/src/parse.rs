//! The parser's entry points: complete lines in, meaning out. Nothing here keeps state, and
//! nothing reads past its line.
//!
//! Lines come without their line end. Each function has the name of its grammar rule.

pub use crate::{
    response::parse::{
        capability,
        code::{known_response_code, response_code},
        drop_listing, lang_listing, octets_hint, response, scan_listing, single_scan_listing,
        single_unique_id_listing, status_line, unique_id_listing,
    },
    types::timestamp,
};
