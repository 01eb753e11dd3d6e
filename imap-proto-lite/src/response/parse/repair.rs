//! ENVELOPE and BODYSTRUCTURE with quotes that the server did not escape.
//!
//! Tried when such an attribute cannot be read as it came; the result owns its bytes.

use crate::{
    response::FetchAttribute,
    types::{body_structure::read::body, envelope::read::envelope},
    wire::{keyword, repair::escape_quotes, spaces},
};

/// Failed repairs allowed in one response: each may read all of its bytes.
const FAILURES_LIMIT: u8 = 8;

/// Reads the attribute that begins here, with its quotes escaped. Returns the rest and the
/// attribute.
#[cold]
pub(crate) fn quotes<'l>(
    failures: &mut u8,
    input: &'l [u8],
) -> Option<(&'l [u8], FetchAttribute<'l>)> {
    const NAMES: [&str; 3] = ["ENVELOPE ", "BODYSTRUCTURE ", "BODY "];
    if *failures >= FAILURES_LIMIT {
        return None;
    }
    let (name, value) = NAMES.iter().find_map(|name| {
        let (rest, ()) = keyword(input, name).ok()?;
        Some((*name, spaces(rest)))
    })?;
    let found = escape_quotes(value).and_then(|(rest, list)| {
        let attribute = match name {
            "ENVELOPE " => match envelope(&list).ok()? {
                ([], envelope) => FetchAttribute::Envelope(envelope.into_owned()),
                _ => return None,
            },
            _ => match body(&list).ok()? {
                ([], structure) if name == "BODY " => FetchAttribute::Body(structure.into_owned()),
                ([], structure) => FetchAttribute::BodyStructure(structure.into_owned()),
                _ => return None,
            },
        };
        Some((rest, attribute))
    });
    if found.is_none() {
        *failures += 1;
    }
    found
}
