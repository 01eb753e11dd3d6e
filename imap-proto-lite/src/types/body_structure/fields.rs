//! The fields of a part, one by one: RFC 9051 section 9.
//!
//! Each field is first read in its usual form; other forms are read by a separate, cold function.

use alloc::vec::Vec;

use crate::{
    types::{
        body_structure::{Count, Fields, LanguageElement, ParameterElement, fast},
        envelope::read::envelope,
    },
    wire::{
        IString, ListSpan, StringSpan, atom,
        fast::{nil as fast_nil, number64},
        list::sealed::Element,
        nil, nstring, skip_value, spaces,
        span::any_nstring_place,
        string,
        swar::quoted_run,
        value,
    },
};

/// Reads fields and records their offsets.
pub(crate) struct Reader<'a> {
    /// The structure and the octets after it.
    pub(crate) octets: &'a [u8],
    /// Offset of the next octet.
    pub(crate) at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    #[inline(always)]
    fn rest(&self) -> &'a [u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }

    #[inline(always)]
    pub(crate) fn next(&self) -> Option<u8> {
        self.octets.get(self.at).copied()
    }

    #[inline]
    fn here(&self) -> Option<u32> {
        u32::try_from(self.at).ok()
    }

    /// Continues at the start of `rest`.
    #[inline]
    fn go_to(&mut self, rest: &[u8]) {
        self.at = self.octets.len() - rest.len();
    }

    #[inline]
    pub(crate) fn octet(&mut self, octet: u8) -> Option<()> {
        if self.next() != Some(octet) {
            return None;
        }
        self.at += 1;
        Some(())
    }

    #[inline(always)]
    pub(crate) fn space(&mut self) -> Option<()> {
        self.octet(b' ')?;
        self.spaces();
        Some(())
    }

    #[inline(always)]
    pub(crate) fn spaces(&mut self) {
        if self.next() == Some(b' ') {
            self.go_to(spaces(self.rest()));
        }
    }

    pub(crate) fn nil(&mut self) -> Option<()> {
        let (rest, ()) = nil(self.rest()).ok()?;
        self.go_to(rest);
        Some(())
    }

    /// Skips spaces. Whether another field of the part follows.
    #[inline(always)]
    pub(crate) fn has_next_field(&mut self) -> bool {
        self.spaces();
        self.next() != Some(b')')
    }

    /// An `nstring`.
    #[inline(always)]
    pub(crate) fn string(&mut self) -> Option<StringSpan> {
        let rest = self.rest();
        if let [b'"', inside @ ..] = rest {
            let length = quoted_run(inside);
            if let Some(b'"') = inside.get(length) {
                let place = StringSpan::new(self.at + 1, length, false);
                self.at += length + 2;
                return place;
            }
        } else if fast_nil(rest).is_some() {
            // About every second field is NIL.
            self.at += 3;
            return Some(StringSpan::NIL);
        }
        self.lenient_string()
    }

    #[inline(never)]
    fn lenient_string(&mut self) -> Option<StringSpan> {
        let (rest, place) = any_nstring_place(self.octets.len(), self.rest())?;
        self.go_to(rest);
        Some(place)
    }

    /// `SP nstring`
    #[inline(always)]
    pub(crate) fn field(&mut self) -> Option<StringSpan> {
        self.space()?;
        self.string()
    }

    /// A string; any other single value, which some servers send as extension data, counts as NIL.
    fn string_or_other(&mut self) -> Option<StringSpan> {
        if let Some(place) = self.string() {
            return Some(place);
        }
        let (rest, _) = skip_value(self.rest()).ok()?;
        self.go_to(rest);
        Some(StringSpan::NIL)
    }

    /// ```abnf
    /// body-fld-param  = "(" string SP string *(SP string SP string) ")" / nil
    /// ```
    pub(crate) fn parameters(&mut self, list: &mut ListSpan) -> Option<()> {
        let [b'(', inside @ ..] = self.rest() else {
            return self.nil();
        };
        let mut rest = inside;
        let mut pairs = 0;
        while let Some(after) = skip_parameter(rest) {
            rest = after;
            pairs += 1;
        }
        *list = ListSpan::new(self.at + 1, inside.len() - rest.len(), pairs)?;
        self.go_to(rest);
        self.spaces();
        self.octet(b')')
    }

    /// ```abnf
    /// body-fld-enc    = (DQUOTE ("7BIT" / "8BIT" / "BINARY" / "BASE64" / "QUOTED-PRINTABLE")
    ///                   DQUOTE) / string
    /// ```
    /// Some servers send NIL, and Exchange 2010 a word without quotes. A number is not an encoding
    /// but the count after it.
    #[inline(always)]
    pub(crate) fn encoding(&mut self) -> Option<StringSpan> {
        match self.string() {
            Some(place) => Some(place),
            None => self.bare_encoding(),
        }
    }

    #[cold]
    fn bare_encoding(&mut self) -> Option<StringSpan> {
        let (rest, word) = atom::word(self.rest()).ok()?;
        if !word.iter().any(u8::is_ascii_alphabetic) {
            return None;
        }
        let place = StringSpan::new(self.at, word.len(), false);
        self.go_to(rest);
        place
    }

    /// A count of octets or lines: a number, or a substitute (`-1`, NIL, mail.ru `9.3736e+06`).
    #[inline(always)]
    pub(crate) fn count(&mut self) -> Option<Count> {
        if let Some((rest @ [b' ' | b')', ..], count)) = number64(self.rest()) {
            self.go_to(rest);
            return Some(Count::new(count));
        }
        self.lenient_count()
    }

    #[cold]
    fn lenient_count(&mut self) -> Option<Count> {
        let Some(b'0'..=b'9' | b'-' | b'N' | b'n') = self.next() else {
            return None;
        };
        // A number over 64 bits is one word too.
        let (rest, _) = atom::word(self.rest()).ok()?;
        self.go_to(rest);
        Some(Count::NONE)
    }

    /// `body-fld-lines` and the space before it, if they are there.
    #[inline(always)]
    pub(crate) fn lines(&mut self) -> Option<Count> {
        if let [b' ', b'0'..=b'9', ..] = self.rest() {
            self.at += 1;
            return self.count();
        }
        self.lenient_lines()
    }

    #[cold]
    fn lenient_lines(&mut self) -> Option<Count> {
        let before = self.at;
        if let Some(()) = self.space() {
            match self.next() {
                Some(b'0'..=b'9' | b'-') => return self.count(),
                // A NIL before a number: without the number it would be the MD5.
                _ if self.nil().is_some()
                    && matches!(spaces(self.rest()).first(), Some(b'0'..=b'9')) =>
                {
                    return Some(Count::NONE);
                }
                _ => {}
            }
        }
        self.at = before;
        Some(Count::NONE)
    }

    /// Offset of the envelope of a message, which is skipped with the space before it; `None` if no
    /// body follows it.
    pub(crate) fn envelope_before_body(&mut self) -> Option<u32> {
        let start = spaces(self.rest());
        let (after, _) = envelope(start).ok()?;
        let after @ [b'(', ..] = spaces(after) else {
            return None;
        };
        self.go_to(start);
        let place = self.here();
        self.go_to(after);
        place
    }

    /// ```abnf
    /// body-ext-1part  = body-fld-md5 [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc
    ///                   *(SP body-extension)]]]
    /// ```
    /// and the closing parenthesis.
    #[inline(always)]
    pub(crate) fn single_tail(&mut self, fields: &mut Fields) -> Option<()> {
        if self.ends_with(b" NIL NIL NIL NIL)") {
            return Some(());
        }
        if self.has_next_field() {
            fields.md5 = self.string_or_other()?;
        }
        self.extension(fields)
    }

    /// The extension data that all parts can have, and the closing parenthesis.
    #[inline]
    pub(crate) fn extension(&mut self, fields: &mut Fields) -> Option<()> {
        if self.ends_with(b" NIL NIL NIL)") {
            return Some(());
        }
        self.some_extension(fields)
    }

    /// [`Self::extension`] that is not all NIL.
    #[inline(never)]
    fn some_extension(&mut self, fields: &mut Fields) -> Option<()> {
        if self.has_next_field() {
            self.disposition(fields)?;
        }
        if self.ends_with(b" NIL NIL)") {
            return Some(());
        }
        if self.has_next_field() {
            self.languages(&mut fields.languages)?;
        }
        if self.has_next_field() {
            fields.location = self.string_or_other()?;
        }
        if self.has_next_field() {
            fields.extensions = self.here()?;
            while self.has_next_field() {
                let (rest, value) = skip_value(self.rest()).ok()?;
                if value.is_empty() {
                    return None;
                }
                self.go_to(rest);
            }
        }
        self.at += 1;
        self.spaces_before_part();
        Some(())
    }

    /// Skips this end of a part, if it is next: most parts have no extension data but NIL.
    #[inline(always)]
    fn ends_with<const N: usize>(&mut self, nils: &[u8; N]) -> bool {
        if self.rest().first_chunk() != Some(nils) {
            return false;
        }
        self.at += N;
        self.spaces_before_part();
        true
    }

    /// Skips spaces before another part, which some servers send. Other spaces stay: the FETCH item
    /// ends here.
    #[inline(always)]
    fn spaces_before_part(&mut self) {
        if self.next() == Some(b' ')
            && let after @ [b'(', ..] = spaces(self.rest())
        {
            self.go_to(after);
        }
    }

    /// ```abnf
    /// body-fld-dsp    = "(" string SP body-fld-param ")" / nil
    /// ```
    /// Exchange writes a bare string, and `(NIL NIL)`.
    #[inline]
    fn disposition(&mut self, fields: &mut Fields) -> Option<()> {
        if self.next() != Some(b'(') {
            fields.disposition = self.string()?;
            return Some(());
        }
        self.at += 1;
        fields.disposition = self.string()?;
        if self.has_next_field() {
            self.parameters(&mut fields.disposition_parameters)?;
        }
        self.spaces();
        self.octet(b')')
    }

    /// ```abnf
    /// body-fld-lang   = nstring / "(" string *(SP string) ")"
    /// ```
    fn languages(&mut self, list: &mut ListSpan) -> Option<()> {
        let input = self.rest();
        let mut start = self.at;
        let inside = if let [b'(', ..] = input {
            let (rest, inside) = value::list_inside(input).ok()?;
            start += 1;
            self.go_to(rest);
            inside
        } else {
            if self.string()?.is_nil() {
                return Some(());
            }
            self.octets.get(start..self.at)?
        };
        let mut left = inside;
        let mut count = 0;
        while LanguageElement::next(&mut left).is_some() {
            count += 1;
        }
        *list = ListSpan::new(start, inside.len(), count)?;
        Some(())
    }
}

impl Element for ParameterElement {
    type Item<'a> = (IString<'a>, Option<IString<'a>>);

    #[inline]
    fn next<'a>(rest: &mut &'a [u8]) -> Option<Self::Item<'a>> {
        parameter(rest)
    }

    fn write((name, value): &Self::Item<'_>, out: &mut Vec<u8>) {
        string::write_string(&name.to_cow(), out);
        out.push(b' ');
        string::write_nstring(value.as_ref(), out);
    }
}

impl Element for LanguageElement {
    type Item<'a> = IString<'a>;

    fn next<'a>(rest: &mut &'a [u8]) -> Option<IString<'a>> {
        loop {
            let (after, language) = nstring(spaces(rest)).ok()?;
            *rest = after;
            // A NIL inside the list names no language.
            if language.is_some() {
                return language;
            }
        }
    }

    fn write(item: &IString<'_>, out: &mut Vec<u8>) {
        string::write_string(&item.to_cow(), out);
    }
}

/// One parameter and the space before it.
#[inline]
pub(crate) fn parameter<'a>(rest: &mut &'a [u8]) -> Option<(IString<'a>, Option<IString<'a>>)> {
    match fast::parameter(rest) {
        Some((after, name, value)) => {
            *rest = after;
            Some((IString::plain(name), Some(IString::plain(value))))
        }
        None => lenient_parameter(rest),
    }
}

/// Slow path: NIL on either side, or a name without a value.
#[inline(never)]
fn lenient_parameter<'a>(rest: &mut &'a [u8]) -> Option<(IString<'a>, Option<IString<'a>>)> {
    let (after, name) = nstring(spaces(rest)).ok()?;
    let after = spaces(after);
    let (after, value) = match after.first() {
        None | Some(b')') => (after, None),
        Some(_) => nstring(after).ok()?,
    };
    *rest = after;
    Some((name.unwrap_or_default(), value))
}

/// Skips a parameter without building it.
#[inline]
fn skip_parameter(input: &[u8]) -> Option<&[u8]> {
    match fast::parameter(input) {
        Some((rest, ..)) => Some(rest),
        None if input.first() == Some(&b')') => None,
        None => {
            let mut rest = input;
            lenient_parameter(&mut rest).map(|_| rest)
        }
    }
}
