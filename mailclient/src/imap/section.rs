//! How a part of a message is asked for.

use std::{num::NonZeroU32, ops::Range};

use imap_proto_lite::{
    HeaderName,
    command::FetchItem,
    section::{PartNumber, Partial, Section},
};

use crate::{
    error::{Error, Result},
    feature::Feature,
    part::Part,
};

/// `BODY.PEEK[..]`, which never sets `\Seen`.
pub(super) fn item(part: &Part) -> Result<FetchItem<'static>> {
    match part {
        Part::Range { of, bytes } => {
            let partial = Some(partial(bytes)?);
            Ok(FetchItem::BodySection { section: section(of)?, partial, peek: true })
        }
        whole => Ok(FetchItem::peek(section(whole)?)),
    }
}

fn section(part: &Part) -> Result<Section<'static>> {
    match part {
        Part::Whole => Ok(Section::full()),
        Part::Headers => Ok(Section::header()),
        Part::Fields(names) => {
            let names = names.iter().map(|name| HeaderName::new(name.clone()));
            let names: Vec<_> = names.collect::<Result<_, _>>().map_err(Error::misuse)?;
            if names.is_empty() {
                return Err(Error::misuse("no header field is asked for"));
            }
            Ok(Section::header_fields(names))
        }
        Part::Section { decoded: true, .. } => Err(Error::Unsupported(Feature::Decoding)),
        Part::Section { path, .. } => PartNumber::new(path.iter().copied())
            .map(Section::part)
            .ok_or_else(|| Error::misuse("the path of a MIME part is empty")),
        Part::Range { .. } => Err(Error::misuse("a range of a range of bytes")),
    }
}

fn partial(bytes: &Range<u64>) -> Result<Partial> {
    let count = u32::try_from(bytes.end.saturating_sub(bytes.start)).ok().and_then(NonZeroU32::new);
    match (u32::try_from(bytes.start), count) {
        (Ok(offset), Some(octets)) => Ok(Partial { offset, octets }),
        _ => Err(Error::misuse("a range of bytes is empty or beyond 4 GiB")),
    }
}
