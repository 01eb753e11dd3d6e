//! BODY and BODYSTRUCTURE: RFC 9051 section 9, and what servers make of it.
//!
//! One pass over the octets, without recursion: the stack is the chain of parents in the flat list of parts.

use alloc::vec::Vec;

use super::{
    envelope::envelope,
    lexical::{self, FAIL, Parsed, nil, nstring, number64, octet, skip_value, sp, spaces, string},
};
use crate::{
    body_structure::{
        BodyStructure, Disposition, FIELDS, Field, Languages, MAX_DEPTH, Node, ParameterElement,
        Parameters, PartKind,
    },
    list::sealed::Element as _,
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
    depth: u32,
}

impl<'a> Walk<'a> {
    /// Where `rest` begins.
    fn place(&self, rest: &[u8]) -> u32 {
        u32::try_from(self.octets.len() - rest.len()).unwrap_or(0)
    }

    fn set(&mut self, node: usize, field: Field, rest: &[u8]) {
        let place = self.place(rest);
        if let Some(at) = self
            .nodes
            .get_mut(node)
            .and_then(|node| node.at.get_mut(field as usize))
        {
            *at = place;
        }
    }

    fn push(&mut self, kind: PartKind) -> Result<usize, nom::Err<lexical::Fail>> {
        let place = u32::try_from(self.nodes.len()).map_err(|_| FAIL)?;
        let parent = match self.current {
            Some((parent, _)) => u32::try_from(parent).map_err(|_| FAIL)?,
            None => place,
        };
        self.nodes.push(Node {
            kind,
            parent,
            end: place + 1,
            at: [0; FIELDS],
        });
        Ok(self.nodes.len() - 1)
    }

    fn enter(&mut self, node: usize, kind: PartKind) -> Result<(), nom::Err<lexical::Fail>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FAIL);
        }
        self.current = Some((node, kind));
        Ok(())
    }

    /// Goes back to the part that `node` lies in.
    fn leave(&mut self, node: usize) {
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let mut parent = node;
        if let Some(node) = self.nodes.get_mut(node) {
            node.end = end;
            parent = node.parent as usize;
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

    fn reset(&mut self, node: usize, kind: PartKind) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.kind = kind;
            node.at = [0; FIELDS];
        }
    }

    /// ```abnf
    /// body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
    /// body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
    /// ```
    fn single(&mut self, node: usize, input: &'a [u8], with_subtype: bool) -> Step<'a> {
        self.set(node, Field::MediaType, input);
        let (rest, media_type) = nstring(input)?;
        let (mut rest, ()) = sp(rest)?;
        let mut subtype = None;
        if with_subtype {
            self.set(node, Field::Subtype, rest);
            let (after, value) = nstring(rest)?;
            subtype = value;
            (rest, ()) = sp(after)?;
        }
        self.set(node, Field::Parameters, rest);
        (rest, _) = body_fld_param(rest)?;
        for field in [Field::Id, Field::Description] {
            (rest, ()) = sp(rest)?;
            self.set(node, field, rest);
            (rest, _) = nstring(rest)?;
        }
        (rest, ()) = sp(rest)?;
        self.set(node, Field::Encoding, rest);
        (rest, _) = body_fld_enc(rest)?;
        (rest, ()) = sp(rest)?;
        self.set(node, Field::Octets, rest);
        rest = count(rest)?;
        let media_type = media_type.unwrap_or_default();
        if media_type.eq_ignore_ascii_case("TEXT") {
            self.set_kind(node, PartKind::Text);
            rest = self.lines(node, rest);
        } else if media_type.eq_ignore_ascii_case("MESSAGE")
            && subtype.is_some_and(|subtype| is_message(&subtype))
        {
            // A server that leaves the envelope out has sent a basic part.
            if let Ok((after, _)) = envelope(spaces(rest)) {
                let after_space = spaces(after);
                if after_space.first() == Some(&b'(') {
                    self.set_kind(node, PartKind::Message);
                    self.set(node, Field::Envelope, spaces(rest));
                    self.enter(node, PartKind::Message)?;
                    return Ok(after_space);
                }
            }
            rest = self.lines(node, rest);
        }
        self.single_tail(node, rest)
    }

    fn set_kind(&mut self, node: usize, kind: PartKind) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.kind = kind;
        }
    }

    /// `body-fld-lines`, where they are.
    fn lines(&mut self, node: usize, rest: &'a [u8]) -> &'a [u8] {
        let Ok((start, ())) = sp(rest) else {
            return rest;
        };
        let lines = match start.first() {
            Some(b'0'..=b'9' | b'-') => count(start).ok(),
            // NIL for the lines, if a number is not to come: the MD5 that may be NIL is behind it.
            _ => nil(start)
                .ok()
                .filter(|(after, ())| matches!(spaces(after).first(), Some(b'0'..=b'9')))
                .map(|(after, ())| after),
        };
        match lines {
            Some(after) => {
                self.set(node, Field::Lines, start);
                after
            }
            None => rest,
        }
    }

    /// ```abnf
    /// body-ext-1part  = body-fld-md5 [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]
    /// ```
    /// and the closing parenthesis.
    fn single_tail(&mut self, node: usize, rest: &'a [u8]) -> Step<'a> {
        let mut rest = spaces(rest);
        if rest.first() != Some(&b')') {
            self.set(node, Field::Md5, rest);
            rest = match nstring(rest) {
                Ok((after, _)) => after,
                // A list where the MD5 is due: extension data of another server's making.
                Err(_) => skip_value(rest)?.0,
            };
        }
        self.extension(node, rest)
    }

    /// ```abnf
    /// body-ext-mpart  = body-fld-param [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]
    /// body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    /// ```
    fn multipart_tail(&mut self, node: usize, rest: &'a [u8]) -> Step<'a> {
        let rest = spaces(rest);
        self.set(node, Field::Subtype, rest);
        let (rest, _) = match string(rest) {
            Ok((rest, subtype)) => (rest, Some(subtype)),
            Err(_) => nil(rest).map(|(rest, ())| (rest, None))?,
        };
        let mut rest = spaces(rest);
        if rest.first() != Some(&b')') {
            self.set(node, Field::Parameters, rest);
            (rest, _) = body_fld_param(rest)?;
        }
        self.extension(node, rest)
    }

    /// The extension data that all parts can have, and the closing parenthesis; the part is at its end.
    fn extension(&mut self, node: usize, rest: &'a [u8]) -> Step<'a> {
        let mut rest = spaces(rest);
        if rest.first() != Some(&b')') {
            self.set(node, Field::Disposition, rest);
            rest = spaces(body_fld_dsp(rest)?.0);
        }
        if rest.first() != Some(&b')') {
            self.set(node, Field::Languages, rest);
            rest = spaces(body_fld_lang(rest)?.0);
        }
        if rest.first() != Some(&b')') {
            self.set(node, Field::Location, rest);
            rest = spaces(match nstring(rest) {
                Ok((after, _)) => after,
                Err(_) => skip_value(rest)?.0,
            });
        }
        if rest.first() != Some(&b')') {
            self.set(node, Field::Extensions, rest);
            while rest.first() != Some(&b')') {
                let (after, value) = skip_value(rest)?;
                if value.is_empty() {
                    return Err(FAIL);
                }
                rest = spaces(after);
            }
        }
        // The next part follows at once; some servers put a space there.
        Ok(spaces_between_parts(rest.get(1..).unwrap_or_default()))
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
        let rest = self.lines(node, rest);
        let rest = self.single_tail(node, rest)?;
        self.leave(node);
        Ok(rest)
    }
}

/// Spaces before another part are left out; before anything else they stay, since the FETCH item ends here.
fn spaces_between_parts(rest: &[u8]) -> &[u8] {
    match spaces(rest) {
        after @ [b'(', ..] => after,
        _ => rest,
    }
}

fn is_message(subtype: &IString<'_>) -> bool {
    subtype.eq_ignore_ascii_case("RFC822") || subtype.eq_ignore_ascii_case("GLOBAL")
}

/// A count of octets or lines: a number, or what servers write for one (`-1`, NIL, a float).
#[inline]
fn count(input: &[u8]) -> Step<'_> {
    if let Ok((rest, _)) = number64(input)
        && matches!(rest.first(), Some(b' ' | b')'))
    {
        return Ok(rest);
    }
    match input.first() {
        Some(b'0'..=b'9' | b'-' | b'N' | b'n') => lexical::word(input).map(|(rest, _)| rest),
        _ => Err(FAIL),
    }
}

/// ```abnf
/// body-fld-enc    = (DQUOTE ("7BIT" / "8BIT" / "BINARY" / "BASE64" / "QUOTED-PRINTABLE") DQUOTE) / string
/// ```
/// NIL is met, and from Exchange 2010 a word without quotes. A number is the count that comes next.
#[inline]
pub(crate) fn body_fld_enc(input: &[u8]) -> Parsed<'_, Option<IString<'_>>> {
    nstring(input).or_else(|error| match lexical::word(input) {
        Ok((rest, word)) if word.iter().any(u8::is_ascii_alphabetic) => {
            Ok((rest, Some(IString::plain(word))))
        }
        _ => Err(error),
    })
}

/// ```abnf
/// body-fld-param  = "(" string SP string *(SP string SP string) ")" / nil
/// ```
#[inline]
pub(crate) fn body_fld_param(input: &[u8]) -> Parsed<'_, Parameters<'_>> {
    let Some((b'(', inside)) = input.split_first() else {
        return nil(input).map(|(rest, ())| (rest, Parameters::default()));
    };
    let mut rest = inside;
    let mut pairs = 0;
    while ParameterElement::next(&mut rest).is_some() {
        pairs += 1;
    }
    let list = inside.get(..inside.len() - rest.len()).unwrap_or_default();
    let (rest, ()) = octet(spaces(rest), b')')?;
    Ok((rest, Parameters::checked(list, pairs)))
}

/// ```abnf
/// body-fld-dsp    = "(" string SP body-fld-param ")" / nil
/// ```
/// Exchange writes a bare string, and `(NIL NIL)`.
pub(crate) fn body_fld_dsp(input: &[u8]) -> Parsed<'_, Option<Disposition<'_>>> {
    let Some((b'(', inside)) = input.split_first() else {
        let (rest, kind) = nstring(input)?;
        return Ok((
            rest,
            kind.map(|kind| Disposition::new(kind, Parameters::default())),
        ));
    };
    let (rest, kind) = nstring(inside)?;
    let rest = spaces(rest);
    let (rest, parameters) = match rest.first() {
        Some(b')') => (rest, Parameters::default()),
        _ => body_fld_param(rest)?,
    };
    let (rest, ()) = octet(spaces(rest), b')')?;
    Ok((rest, kind.map(|kind| Disposition::new(kind, parameters))))
}

/// ```abnf
/// body-fld-lang   = nstring / "(" string *(SP string) ")"
/// ```
pub(crate) fn body_fld_lang(input: &[u8]) -> Parsed<'_, Languages<'_>> {
    let (rest, octets) = match input.first() {
        Some(b'(') => lexical::list_inside(input)?,
        _ => {
            let (rest, value) = nstring(input)?;
            if value.is_none() {
                return Ok((rest, Languages::default()));
            }
            (
                rest,
                input.get(..input.len() - rest.len()).unwrap_or_default(),
            )
        }
    };
    let count = core::iter::repeat_n((), octets.len())
        .scan(octets, |rest, ()| {
            crate::body_structure::LanguageElement::next(rest)
        })
        .count();
    Ok((rest, Languages::checked(octets, count)))
}
