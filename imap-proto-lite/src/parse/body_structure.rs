//! BODY and BODYSTRUCTURE: RFC 9051 section 9, and what servers make of it.
//!
//! One pass over the octets, without recursion: the stack is the chain of parents in the flat list of parts.

use alloc::vec::Vec;

use super::{
    envelope::envelope,
    lexical::{
        self, FAIL, Parsed, nil, nstring, octet, odd_nstring_place, plain_nil, plain_nstring,
        skip_value, sp, spaces,
    },
};
use crate::{
    body_structure::{BodyStructure, Fields, LanguageElement, MAX_DEPTH, Node, PartKind},
    list::sealed::Element as _,
    octets,
    span::{ListSpan, StringSpan},
    string::IString,
};

type Step<'a> = Result<&'a [u8], nom::Err<lexical::Fail>>;

/// ```abnf
/// body            = "(" (body-type-1part / body-type-mpart) ")"
/// ```
pub(crate) fn body(input: &[u8]) -> Parsed<'_, BodyStructure<'_>> {
    let mut walk = Walk {
        octets: input,
        // A part takes fifty octets or more: one allocation does for most messages.
        nodes: Vec::with_capacity((input.len() / 50).clamp(1, 16)),
        current: None,
        children: 0,
        depth: 0,
    };
    let mut rest = walk.open(input)?;
    loop {
        // A part has ended, or its children have begun: what comes next is up to the part that it lies in.
        rest = match (walk.current, rest) {
            (None, _) => {
                let octets = input.get(..input.len() - rest.len()).unwrap_or_default();
                return Ok((rest, BodyStructure::received(octets, walk.nodes)));
            }
            (Some((_, PartKind::Multipart)), [b'(', ..]) => walk.open(rest)?,
            (Some((_, PartKind::Multipart)), _) => walk.close_multipart(rest)?,
            (Some(_), [b'(', ..]) if walk.body_of_message_is_due() => walk.open(rest)?,
            (Some(_), _) => walk.close_message(rest)?,
        };
    }
}

struct Walk<'a> {
    octets: &'a [u8],
    nodes: Vec<Node>,
    /// The part that is open.
    current: Option<(usize, PartKind)>,
    /// How many parts lie in it so far.
    children: u32,
    depth: u32,
}

impl<'a> Walk<'a> {
    fn push(&mut self, kind: PartKind) -> Result<usize, nom::Err<lexical::Fail>> {
        let place = u32::try_from(self.nodes.len()).map_err(|_| FAIL)?;
        let parent = match self.current {
            Some((parent, _)) => u32::try_from(parent).map_err(|_| FAIL)?,
            None => place,
        };
        self.children += 1;
        self.nodes
            .push(Node::new(kind, parent, place + 1, self.children));
        Ok(self.nodes.len() - 1)
    }

    fn enter(&mut self, node: usize, kind: PartKind) -> Result<(), nom::Err<lexical::Fail>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FAIL);
        }
        self.current = Some((node, kind));
        self.children = 0;
        Ok(())
    }

    /// Goes back to the part that `node` lies in.
    fn leave(&mut self, node: usize) {
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let mut parent = node;
        if let Some(node) = self.nodes.get_mut(node) {
            node.end = end;
            parent = node.parent as usize;
            self.children = node.ordinal;
        }
        self.depth = self.depth.saturating_sub(1);
        self.current = if parent == node {
            None
        } else {
            self.nodes.get(parent).map(|node| (parent, node.kind))
        };
    }

    /// Whether the open part is a message whose body has not come yet.
    fn body_of_message_is_due(&self) -> bool {
        self.current
            .is_some_and(|(node, _)| node + 1 == self.nodes.len())
    }

    /// Takes the start of a part: all of it, unless parts lie in it.
    fn open(&mut self, input: &'a [u8]) -> Step<'a> {
        let (rest, ()) = octet(input, b'(')?;
        let rest = spaces(rest);
        if let [b'(', ..] = rest {
            let node = self.push(PartKind::Multipart)?;
            self.enter(node, PartKind::Multipart)?;
            return Ok(rest);
        }
        let node = self.push(PartKind::Basic)?;
        match self.single(node, rest, true) {
            Ok(rest) => return Ok(rest),
            Err(error) if self.current.is_some_and(|(current, _)| current == node) => {
                return Err(error);
            }
            Err(_) => {}
        }
        // A media type that is one word: `("X-ZIP" NIL NIL NIL "base64" 12)`.
        self.reset(node, PartKind::Basic);
        if let Ok(rest) = self.single(node, rest, false) {
            return Ok(rest);
        }
        // A multipart without parts: `("ALTERNATIVE" ..)`, `(NIL "alternative" ..)`.
        self.reset(node, PartKind::Multipart);
        let rest = match nil(rest) {
            Ok((rest, ())) => spaces(rest),
            Err(_) => rest,
        };
        self.multipart_tail(node, rest)
    }

    #[cold]
    fn reset(&mut self, node: usize, kind: PartKind) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.kind = kind;
            node.fields = Fields::NOTHING;
        }
    }

    /// ```abnf
    /// body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
    /// body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
    /// ```
    fn single(&mut self, node: usize, input: &'a [u8], with_subtype: bool) -> Step<'a> {
        let mut reader = Reader {
            all: self.octets.len(),
            rest: input,
        };
        let part = self.nodes.get_mut(node).ok_or(FAIL)?;
        let fields = &mut part.fields;
        fields.media_type = reader.string().ok_or(FAIL)?;
        reader.space().ok_or(FAIL)?;
        if with_subtype {
            fields.subtype = reader.string().ok_or(FAIL)?;
            reader.space().ok_or(FAIL)?;
        }
        fields.parameters = reader.parameters().ok_or(FAIL)?;
        reader.space().ok_or(FAIL)?;
        fields.id = reader.string().ok_or(FAIL)?;
        reader.space().ok_or(FAIL)?;
        fields.description = reader.string().ok_or(FAIL)?;
        reader.space().ok_or(FAIL)?;
        fields.encoding = reader.encoding().ok_or(FAIL)?;
        reader.space().ok_or(FAIL)?;
        fields.octets = reader.here().ok_or(FAIL)?;
        reader.rest = count(reader.rest)?;
        if fields.media_type.is(self.octets, b"TEXT") {
            part.kind = PartKind::Text;
            reader.lines(fields).ok_or(FAIL)?;
        } else if fields.media_type.is(self.octets, b"MESSAGE")
            && (fields.subtype.is(self.octets, b"RFC822")
                || fields.subtype.is(self.octets, b"GLOBAL"))
        {
            // A server that leaves the envelope out has sent a basic part.
            let start = spaces(reader.rest);
            if let Ok((after, _)) = envelope(start)
                && let after @ [b'(', ..] = spaces(after)
            {
                reader.rest = start;
                fields.envelope = reader.here().ok_or(FAIL)?;
                part.kind = PartKind::Message;
                self.enter(node, PartKind::Message)?;
                return Ok(after);
            }
            reader.lines(fields).ok_or(FAIL)?;
        }
        reader.single_tail(fields).ok_or(FAIL)?;
        Ok(reader.rest)
    }

    /// ```abnf
    /// body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    /// body-ext-mpart  = body-fld-param [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]
    /// ```
    fn multipart_tail(&mut self, node: usize, rest: &'a [u8]) -> Step<'a> {
        let mut reader = Reader {
            all: self.octets.len(),
            rest: spaces(rest),
        };
        let fields = &mut self.nodes.get_mut(node).ok_or(FAIL)?.fields;
        fields.subtype = reader.string().ok_or(FAIL)?;
        if reader.goes_on() {
            fields.parameters = reader.parameters().ok_or(FAIL)?;
        }
        reader.extension(fields).ok_or(FAIL)?;
        Ok(reader.rest)
    }

    fn close_multipart(&mut self, rest: &'a [u8]) -> Step<'a> {
        let Some((node, _)) = self.current else {
            return Err(FAIL);
        };
        let rest = self.multipart_tail(node, rest)?;
        self.leave(node);
        Ok(rest)
    }

    fn close_message(&mut self, rest: &'a [u8]) -> Step<'a> {
        let Some((node, _)) = self.current else {
            return Err(FAIL);
        };
        let mut reader = Reader {
            all: self.octets.len(),
            rest,
        };
        let fields = &mut self.nodes.get_mut(node).ok_or(FAIL)?.fields;
        reader.lines(fields).ok_or(FAIL)?;
        reader.single_tail(fields).ok_or(FAIL)?;
        self.leave(node);
        Ok(reader.rest)
    }
}

/// Reads the fields of a part one by one, and says where they are.
struct Reader<'a> {
    /// Octets of the structure and what is behind it.
    all: usize,
    rest: &'a [u8],
}

impl Reader<'_> {
    #[inline]
    fn here(&self) -> Option<u32> {
        u32::try_from(self.all - self.rest.len()).ok()
    }

    #[inline]
    fn space(&mut self) -> Option<()> {
        (self.rest, ()) = sp(self.rest).ok()?;
        Some(())
    }

    /// Whether another field of the part follows, behind any spaces.
    #[inline]
    fn goes_on(&mut self) -> bool {
        self.rest = spaces(self.rest);
        self.rest.first() != Some(&b')')
    }

    #[inline]
    fn string(&mut self) -> Option<StringSpan> {
        // Every second field is NIL.
        if let Some(rest) = plain_nil(self.rest) {
            self.rest = rest;
            return Some(StringSpan::NIL);
        }
        if let Some((rest, Some(value))) = plain_nstring(self.rest) {
            let at = self.all - rest.len() - 1 - value.len();
            self.rest = rest;
            return StringSpan::new(at, value.len(), false);
        }
        let (rest, place) = odd_nstring_place(self.all, self.rest)?;
        self.rest = rest;
        Some(place)
    }

    /// A string, or whatever one value stands in its place: extension data of another server's making.
    #[inline]
    fn string_or_other(&mut self) -> Option<StringSpan> {
        if let Some(place) = self.string() {
            return Some(place);
        }
        self.rest = skip_value(self.rest).ok()?.0;
        Some(StringSpan::NIL)
    }

    /// ```abnf
    /// body-fld-param  = "(" string SP string *(SP string SP string) ")" / nil
    /// ```
    #[inline]
    fn parameters(&mut self) -> Option<ListSpan> {
        let [b'(', inside @ ..] = self.rest else {
            (self.rest, ()) = nil(self.rest).ok()?;
            return Some(ListSpan::EMPTY);
        };
        let mut rest = inside;
        let mut pairs = 0;
        while let Some(after) = skip_parameter(rest) {
            rest = after;
            pairs += 1;
        }
        let place = ListSpan::new(self.all - inside.len(), inside.len() - rest.len(), pairs);
        (self.rest, ()) = octet(spaces(rest), b')').ok()?;
        place
    }

    /// ```abnf
    /// body-fld-enc    = (DQUOTE ("7BIT" / "8BIT" / "BINARY" / "BASE64" / "QUOTED-PRINTABLE") DQUOTE) / string
    /// ```
    /// NIL is met, and from Exchange 2010 a word without quotes. A number is the count that comes next.
    #[inline]
    fn encoding(&mut self) -> Option<StringSpan> {
        if let Some(place) = self.string() {
            return Some(place);
        }
        let (rest, word) = lexical::word(self.rest).ok()?;
        if !word.iter().any(u8::is_ascii_alphabetic) {
            return None;
        }
        let place = StringSpan::new(self.all - self.rest.len(), word.len(), false);
        self.rest = rest;
        place
    }

    /// `body-fld-lines`, where they are.
    fn lines(&mut self, fields: &mut Fields) -> Option<()> {
        let Ok((start, ())) = sp(self.rest) else {
            return Some(());
        };
        let lines = match start.first() {
            Some(b'0'..=b'9' | b'-') => count(start).ok(),
            // NIL for the lines, if a number is not to come: the MD5 that may be NIL is behind it.
            _ => nil(start)
                .ok()
                .filter(|(after, ())| matches!(spaces(after).first(), Some(b'0'..=b'9')))
                .map(|(after, ())| after),
        };
        if let Some(after) = lines {
            self.rest = start;
            fields.lines = self.here()?;
            self.rest = after;
        }
        Some(())
    }

    /// ```abnf
    /// body-ext-1part  = body-fld-md5 [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]
    /// ```
    /// and the closing parenthesis.
    fn single_tail(&mut self, fields: &mut Fields) -> Option<()> {
        if self.goes_on() {
            fields.md5 = self.string_or_other()?;
        }
        self.extension(fields)
    }

    /// The extension data that all parts can have, and the closing parenthesis; the part is at its end.
    fn extension(&mut self, fields: &mut Fields) -> Option<()> {
        if self.goes_on() {
            self.disposition(fields)?;
        }
        if self.goes_on() {
            fields.languages = self.languages()?;
        }
        if self.goes_on() {
            fields.location = self.string_or_other()?;
        }
        if self.goes_on() {
            fields.extensions = self.here()?;
            while self.goes_on() {
                let (after, value) = skip_value(self.rest).ok()?;
                if value.is_empty() {
                    return None;
                }
                self.rest = after;
            }
        }
        // The next part follows at once; some servers put a space there.
        self.rest = spaces_between_parts(self.rest.get(1..).unwrap_or_default());
        Some(())
    }

    /// ```abnf
    /// body-fld-dsp    = "(" string SP body-fld-param ")" / nil
    /// ```
    /// Exchange writes a bare string, and `(NIL NIL)`.
    #[inline]
    fn disposition(&mut self, fields: &mut Fields) -> Option<()> {
        let [b'(', inside @ ..] = self.rest else {
            fields.disposition = self.string()?;
            return Some(());
        };
        self.rest = inside;
        fields.disposition = self.string()?;
        if self.goes_on() {
            fields.disposition_parameters = self.parameters()?;
        }
        (self.rest, ()) = octet(spaces(self.rest), b')').ok()?;
        Some(())
    }

    /// ```abnf
    /// body-fld-lang   = nstring / "(" string *(SP string) ")"
    /// ```
    #[inline]
    fn languages(&mut self) -> Option<ListSpan> {
        let input = self.rest;
        let (rest, inside) = match input {
            [b'(', ..] => lexical::list_inside(input).ok()?,
            _ => {
                if self.string()?.is_nil() {
                    return Some(ListSpan::EMPTY);
                }
                let inside = input.get(..input.len() - self.rest.len());
                (self.rest, inside.unwrap_or_default())
            }
        };
        let mut left = inside;
        let mut count = 0;
        while LanguageElement::next(&mut left).is_some() {
            count += 1;
        }
        self.rest = rest;
        let start = self.all - input.len() + usize::from(input.first() == Some(&b'('));
        ListSpan::new(start, inside.len(), count)
    }
}

/// One parameter with the space before it.
#[inline]
pub(crate) fn parameter<'a>(rest: &mut &'a [u8]) -> Option<(IString<'a>, Option<IString<'a>>)> {
    match plain_parameter(rest) {
        Some((after, name, value)) => {
            *rest = after;
            Some((IString::plain(name), Some(IString::plain(value))))
        }
        None => odd_parameter(rest),
    }
}

/// A parameter as nearly every server writes it.
#[inline(always)]
fn plain_parameter(input: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let input = match input {
        [b' ', input @ ..] => input,
        _ => input,
    };
    let ([b' ', rest @ ..], Some(name)) = plain_nstring(input)? else {
        return None;
    };
    let (rest, Some(value)) = plain_nstring(rest)? else {
        return None;
    };
    Some((rest, name, value))
}

/// As [`parameter`]. NIL is met on both sides, and a name without a value.
#[inline(never)]
fn odd_parameter<'a>(rest: &mut &'a [u8]) -> Option<(IString<'a>, Option<IString<'a>>)> {
    let (after, name) = nstring(spaces(rest)).ok()?;
    let after = spaces(after);
    let (after, value) = match after.first() {
        None | Some(b')') => (after, None),
        Some(_) => nstring(after).ok()?,
    };
    *rest = after;
    Some((name.unwrap_or_default(), value))
}

/// As [`parameter`], for one that nobody wants yet.
#[inline]
fn skip_parameter(input: &[u8]) -> Option<&[u8]> {
    match plain_parameter(input) {
        Some((rest, ..)) => Some(rest),
        None if input.first() == Some(&b')') => None,
        None => {
            let mut rest = input;
            odd_parameter(&mut rest).map(|_| rest)
        }
    }
}

/// Spaces before another part are left out; before anything else they stay, since the FETCH item ends here.
fn spaces_between_parts(rest: &[u8]) -> &[u8] {
    match spaces(rest) {
        after @ [b'(', ..] => after,
        _ => rest,
    }
}

/// A count of octets or lines: a number, or what servers write for one (`-1`, NIL, a float).
#[inline]
fn count(input: &[u8]) -> Step<'_> {
    // Beyond 64 bits too it is one word.
    let digits = octets::digits(input);
    if let Some(rest @ [b' ' | b')', ..]) = input.get(digits..)
        && digits > 0
    {
        return Ok(rest);
    }
    match input.first() {
        Some(b'0'..=b'9' | b'-' | b'N' | b'n') => lexical::word(input).map(|(rest, _)| rest),
        _ => Err(FAIL),
    }
}
