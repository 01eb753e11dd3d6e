//! The fields of a part: RFC 9051 section 9, and what servers send instead.

use nom::{
    Parser,
    branch::alt,
    bytes::complete::tag,
    character::complete::{char, digit1},
    combinator::{
        all_consuming, consumed, eof, map, not, opt, peek, recognize, success, value, verify,
    },
    multi::{fold_many0, many0_count, many1_count},
    sequence::{delimited, preceded, separated_pair, terminated},
};

use crate::{
    types::{
        Languages, Parameters,
        body_structure::{Count, LanguageElement, ParameterElement, fast},
        envelope::read::{close, or_missing},
    },
    wire::{
        Fail, IString, Parsed, Token,
        atom::{nils, word},
        list::sealed::Element,
        nil, nstring, number64, opt_sp,
        put::{self, Out, SP},
        skip_value, some_value, sp,
        string::string,
    },
};

/// The fields of a part that is not a multipart, without extension data.
#[derive(Debug)]
pub(crate) struct BodyFields<'a> {
    pub(crate) media_type: Option<IString<'a>>,
    pub(crate) subtype: Option<IString<'a>>,
    pub(crate) parameters: Parameters<'a>,
    pub(crate) id: Option<IString<'a>>,
    pub(crate) description: Option<IString<'a>>,
    pub(crate) encoding: Option<IString<'a>>,
    pub(crate) octets: Count,
}

/// Extension data.
#[derive(Debug, Default)]
pub(crate) struct BodyExtension<'a> {
    pub(crate) md5: Option<IString<'a>>,
    pub(crate) disposition: Option<IString<'a>>,
    pub(crate) disposition_parameters: Parameters<'a>,
    pub(crate) languages: Languages<'a>,
    pub(crate) location: Option<IString<'a>>,
    /// Data that the RFC reserves for the future; empty if there is none.
    pub(crate) extensions: &'a [u8],
}

/// ```abnf
/// media-basic     = ((DQUOTE ("APPLICATION" / "AUDIO" / "IMAGE" / "FONT" / "MESSAGE" / "MODEL" /
///                   "VIDEO") DQUOTE) / string) SP media-subtype
/// body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP
///                   body-fld-octets
/// ```
pub(crate) fn body_fields(input: &[u8]) -> Parsed<'_, BodyFields<'_>> {
    let media_type = separated_pair(string, sp, string);
    let media_type = map(media_type, |(media_type, subtype)| (Some(media_type), Some(subtype)));
    body_fields_after(alt((media_type, odd_media_type))).parse(input)
}

/// `(NIL NIL ..)` (Exchange), or a type without quotes.
#[cold]
fn odd_media_type(input: &[u8]) -> Parsed<'_, (Option<IString<'_>>, Option<IString<'_>>)> {
    alt((
        separated_pair(value(None, nil), sp, nstring),
        separated_pair(map(bare_word, Some), sp, map(string, Some)),
    ))
    .parse(input)
}

/// A media type that is one word: `("X-ZIP" NIL NIL NIL "base64" 12)`.
#[cold]
pub(crate) fn body_fields_without_subtype(input: &[u8]) -> Parsed<'_, BodyFields<'_>> {
    body_fields_after(map(nstring, |media_type| (media_type, None))).parse(input)
}

fn body_fields_after<'a>(
    media_type: impl Parser<&'a [u8], Output = (Option<IString<'a>>, Option<IString<'a>>), Error = Fail>,
) -> impl Parser<&'a [u8], Output = BodyFields<'a>, Error = Fail> {
    let fields = (
        media_type,
        preceded(sp, parameters),
        preceded(sp, nstring),
        preceded(sp, nstring),
        preceded(sp, encoding),
        preceded(sp, octets),
    );
    map(fields, |((media_type, subtype), parameters, id, description, encoding, octets)| {
        BodyFields { media_type, subtype, parameters, id, description, encoding, octets }
    })
}

/// ```abnf
/// body-fld-param  = "(" string SP string *(SP string SP string) ")" / nil
/// ```
fn parameters(input: &[u8]) -> Parsed<'_, Parameters<'_>> {
    let pairs = fold_many0(preceded(opt_sp, parameter), || 0, |count, _| count + 1);
    let pairs =
        map(consumed(pairs), |(octets, count)| Parameters::from_wire_counted(octets, count));
    alt((delimited(char('('), pairs, close), value(Parameters::default(), nil))).parse(input)
}

/// One pair of [`parameters`].
pub(crate) fn parameter(input: &[u8]) -> Parsed<'_, (IString<'_>, Option<IString<'_>>)> {
    let pair = terminated(separated_pair(string, sp, map(string, Some)), end_of_value);
    alt((pair, parameter_without_value)).parse(input)
}

/// mail.ru and Exchange send NIL for a value, and others nothing. An unescaped quote can look like
/// that, so the name must be a usual one, or the NIL the last.
#[cold]
fn parameter_without_value(input: &[u8]) -> Parsed<'_, (IString<'_>, Option<IString<'_>>)> {
    let list_end = || alt((close, value((), eof)));
    let nil = || preceded(sp, nil);
    let known = verify(string, |name| is_usual_name(&name.to_cow()));
    let value = alt((
        terminated(known, alt((terminated(nil(), end_of_value), peek(list_end())))),
        terminated(string, (nil(), peek(list_end()))),
    ));
    map(value, |name| (name, None)).parse(input)
}

/// Whether this is a common name of a parameter.
pub(crate) fn is_usual_name(name: &[u8]) -> bool {
    const NAMES: [&str; 16] = [
        "charset",
        "boundary",
        "name",
        "filename",
        "format",
        "delsp",
        "type",
        "start",
        "protocol",
        "micalg",
        "size",
        "creation-date",
        "modification-date",
        "read-date",
        "report-type",
        "method",
    ];
    NAMES.iter().any(|one| name.eq_ignore_ascii_case(one.as_bytes()))
}

/// ```abnf
/// body-fld-enc    = (DQUOTE ("7BIT" / "8BIT" / "BINARY" / "BASE64" / "QUOTED-PRINTABLE")
///                   DQUOTE) / string
/// ```
/// Some servers send NIL, and Exchange 2010 a word without quotes.
fn encoding(input: &[u8]) -> Parsed<'_, Option<IString<'_>>> {
    alt((nstring, map(bare_word, Some))).parse(input)
}

/// A word where a string is due. A number does not count: the string is missing, and the number is
/// the value after it.
#[cold]
fn bare_word(input: &[u8]) -> Parsed<'_, IString<'_>> {
    let number = alt((tag("-"), terminated(digit1, end_of_value)));
    map(preceded(not(number), word), IString::plain).parse(input)
}

/// ```abnf
/// body-fld-octets = number
/// ```
fn octets(input: &[u8]) -> Parsed<'_, Count> {
    alt((count, odd_count)).parse(input)
}

fn count(input: &[u8]) -> Parsed<'_, Count> {
    map(terminated(number64, end_of_value), Count::new).parse(input)
}

/// A word in place of a number: `-1`, NIL, `9.3736e+06` (mail.ru), or more than 64 bits.
#[cold]
fn odd_count(input: &[u8]) -> Parsed<'_, Count> {
    let start = alt((tag("-"), digit1, recognize(nil)));
    value(Count::NONE, preceded(peek(start), word)).parse(input)
}

/// ```abnf
/// body-fld-lines  = number64
/// ```
/// With the space before it. Some servers omit the number.
pub(crate) fn lines(input: &[u8]) -> Parsed<'_, Count> {
    alt((preceded(sp, count), odd_lines)).parse(input)
}

#[cold]
fn odd_lines(input: &[u8]) -> Parsed<'_, Count> {
    // A NIL before a number: without the number it would be the MD5.
    let nil_and_number = terminated(preceded(sp, nil), peek((sp, digit1)));
    alt((
        preceded((sp, not(nil)), odd_count),
        value(Count::NONE, nil_and_number),
        success(Count::NONE),
    ))
    .parse(input)
}

/// ```abnf
/// body-ext-1part  = body-fld-md5 [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc
///                   *(SP body-extension)]]]
/// ```
/// With the space before it and the closing parenthesis; all of it can be missing.
pub(crate) fn body_ext_1part(input: &[u8]) -> Parsed<'_, BodyExtension<'_>> {
    let (input, md5) = or_missing(preceded(sp, nstring)).parse(input)?;
    let (input, extension) = extension(input, md5.is_some(), true)?;
    Ok((input, BodyExtension { md5, ..extension }))
}

/// A multipart that a server sends as a part without parts repeats its parameters.
#[cold]
pub(crate) fn ext_of_multipart_as_leaf(input: &[u8]) -> Parsed<'_, BodyExtension<'_>> {
    let (input, _) = preceded((sp, peek(char('('))), parameters).parse(input)?;
    extension(input, false, true)
}

/// What follows the parts of a multipart: `media-subtype [SP body-ext-mpart]`.
pub(crate) type MultipartEnd<'a> = (Option<IString<'a>>, (Parameters<'a>, BodyExtension<'a>));

/// ```abnf
/// body-ext-mpart  = body-fld-param [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc
///                   *(SP body-extension)]]]
/// ```
/// With the space before it and the closing parenthesis; all of it can be missing.
pub(crate) fn body_ext_mpart(input: &[u8]) -> Parsed<'_, (Parameters<'_>, BodyExtension<'_>)> {
    let (input, parameters) = or_missing(preceded(sp, parameters)).parse(input)?;
    let (input, extension) = extension(input, false, !parameters.is_empty())?;
    Ok((input, (parameters, extension)))
}

/// The extension data that all parts can have, and the closing parenthesis.
///
/// `after_string`: a string before it is extension data too. `bare`: the disposition may be a
/// string.
fn extension(input: &[u8], after_string: bool, bare: bool) -> Parsed<'_, BodyExtension<'_>> {
    let disposition = move |input| match bare {
        true => alt((body_fld_dsp, bare_disposition)).parse(input),
        false => body_fld_dsp(input),
    };
    let body_extension = preceded(sp, some_value);
    let body_extensions = preceded(sp, recognize((skip_value, many0_count(body_extension))));
    let fields = (
        or_missing(preceded(sp, disposition)),
        or_missing(preceded(sp, body_fld_lang)),
        or_missing(preceded(sp, nstring)),
        or_missing(body_extensions),
    );
    let fields =
        map(fields, |((disposition, parameters), languages, location, extensions)| BodyExtension {
            md5: None,
            disposition,
            disposition_parameters: parameters,
            languages,
            location,
            extensions,
        });
    let checked = verify(fields, |extension: &BodyExtension<'_>| {
        let mut strings = all_consuming(many1_count(preceded(opt_sp, nstring)));
        let mut nils = all_consuming(many1_count(preceded(opt_sp, nil)));
        // Strings and NIL after the location come from a quote that was not escaped: no known
        // server sends data there.
        extension.extensions.is_empty()
            || strings.parse(extension.extensions).is_err()
            || (!after_string
                && extension.languages.is_empty()
                && extension.location.is_none()
                && nils.parse(extension.extensions).is_ok())
    });
    terminated(checked, close).parse(input)
}

type BodyDisposition<'a> = (Option<IString<'a>>, Parameters<'a>);

/// ```abnf
/// body-fld-dsp    = "(" string SP body-fld-param ")" / nil
/// ```
/// Exchange writes `(NIL NIL)` too.
fn body_fld_dsp(input: &[u8]) -> Parsed<'_, BodyDisposition<'_>> {
    let disposition = (nstring, preceded(sp, parameters));
    alt((
        delimited((char('('), opt_sp), disposition, close),
        value((None, Parameters::default()), nil),
    ))
    .parse(input)
}

/// Exchange: a bare string, which for a multipart is a description.
#[cold]
fn bare_disposition(input: &[u8]) -> Parsed<'_, BodyDisposition<'_>> {
    map(string, |kind| (Some(kind), Parameters::default())).parse(input)
}

/// ```abnf
/// body-fld-lang   = nstring / "(" string *(SP string) ")"
/// ```
/// NIL occurs in the list, and an empty list.
fn body_fld_lang(input: &[u8]) -> Parsed<'_, Languages<'_>> {
    let language = delimited(opt_sp, nstring, end_of_value);
    let languages = fold_many0(language, || 0, |count, one| count + usize::from(one.is_some()));
    let languages = alt((
        delimited(char('('), consumed(languages), close),
        consumed(map(nstring, |one| usize::from(one.is_some()))),
    ));
    map(languages, |(octets, count)| Languages::from_wire_counted(octets, count)).parse(input)
}

/// The end of a value: a space, the end of a list, or the end of its inside.
pub(crate) fn end_of_value(input: &[u8]) -> Parsed<'_, ()> {
    peek(alt((sp, close, value((), eof)))).parse(input)
}

/// A multipart without parts, from its subtype on: Gmail, QQ, Yandex and Dovecot send
/// `("ALTERNATIVE" ..)`, others `(NIL "alternative" ..)`. Inside another part the subtype must be
/// a usual one: an unescaped quote can look like the end of one.
#[cold]
pub(crate) fn childless_multipart(input: &[u8], outermost: bool) -> Parsed<'_, MultipartEnd<'_>> {
    const SUBTYPES: [&str; 10] = [
        "MIXED",
        "ALTERNATIVE",
        "RELATED",
        "DIGEST",
        "SIGNED",
        "ENCRYPTED",
        "REPORT",
        "PARALLEL",
        "FORM-DATA",
        "APPLEDOUBLE",
    ];
    let usual =
        |subtype: &IString<'_>| SUBTYPES.iter().any(|one| subtype.eq_ignore_ascii_case(one));
    let subtype = verify(string, |subtype| outermost || usual(subtype));
    let subtype = preceded(opt(terminated(nil, sp)), map(subtype, Some));
    (subtype, body_ext_mpart).parse(input)
}

impl Element for ParameterElement {
    type Item<'a> = (IString<'a>, Option<IString<'a>>);

    const FAST: fn(&[u8]) -> Token<'_, Self::Item<'_>> = fast::next_parameter;

    fn read(input: &[u8]) -> Token<'_, Self::Item<'_>> {
        preceded(opt_sp, parameter).parse(input).ok()
    }

    fn write((name, value): &Self::Item<'_>, out: &mut Out) {
        out.put((put::string(name), SP, put::nstring(value.as_ref())));
    }
}

impl Element for LanguageElement {
    type Item<'a> = IString<'a>;

    fn read(input: &[u8]) -> Token<'_, IString<'_>> {
        preceded((nils, opt_sp), string).parse(input).ok()
    }

    fn write(item: &IString<'_>, out: &mut Out) {
        out.put(put::string(item));
    }
}
