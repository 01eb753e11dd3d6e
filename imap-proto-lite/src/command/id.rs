//! Fields of ID: RFC 2971.

use crate::types::AString;

/// One field of ID and its value, within the bounds of RFC 2971 section 3.3.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdParameter<'a> {
    name: AString<'a>,
    value: Option<AString<'a>>,
}

/// Name or value are too long for ID.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a field of ID has a name of at most 30 octets and a value of at most 1024")]
#[non_exhaustive]
pub struct NotAnIdParameter;

impl<'a> IdParameter<'a> {
    /// A field and its value; `None` is sent as NIL.
    ///
    /// # Errors
    /// The name has more than 30 bytes or the value more than 1,024.
    pub fn new(name: AString<'a>, value: Option<AString<'a>>) -> Result<Self, NotAnIdParameter> {
        let octets = value.as_ref().map_or(0, |value| value.as_bytes().len());
        if name.as_bytes().len() > 30 || octets > 1024 {
            return Err(NotAnIdParameter);
        }
        Ok(Self { name, value })
    }

    /// The name of the field: `name`, `version`, `vendor` and others.
    pub const fn name(&self) -> &AString<'a> {
        &self.name
    }

    /// The value.
    pub const fn value(&self) -> Option<&AString<'a>> {
        self.value.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_of_the_rfc() {
        let text = |octets: usize| AString::new("v".repeat(octets)).unwrap();
        for (name, value, fits) in [
            (0, None, true),
            (30, None, true),
            (31, None, false),
            (1, Some(0), true),
            (30, Some(1024), true),
            (30, Some(1025), false),
            (31, Some(1024), false),
        ] {
            let one = IdParameter::new(text(name), value.map(text));
            assert_eq!(one.is_ok(), fits, "{name} {value:?}");
            if let Ok(one) = one {
                assert_eq!(one.name().as_bytes().len(), name);
                assert_eq!(one.value().map(|value| value.as_bytes().len()), value);
            }
        }
    }
}
