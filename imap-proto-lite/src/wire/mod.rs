//! Tokens in both directions: the parts of every rule of the grammar.
//!
//! A function that reads a token has the name of its rule and is a nom parser over complete input.
//! The function of the same name in [`put`] writes it. The shortcuts of these functions are in
//! [`fast`].

use nom::{
    Err, IResult,
    error::{ErrorKind, ParseError},
};

pub(crate) mod atom;
pub(crate) mod encoded;
pub(crate) mod fast;
pub(crate) mod flag;
pub(crate) mod keywords;
pub mod list;
pub(crate) mod literal;
pub(crate) mod number;
pub(crate) mod put;
pub(crate) mod repair;
pub(crate) mod span;
pub(crate) mod steps;
pub mod string;
pub(crate) mod swar;
pub(crate) mod value;

pub(crate) use self::{
    atom::{
        byte, ends, in_parentheses, is_astring_atom, nil, nil_or, opt_sp, sp, spaces, until_last,
        whole_word, word,
    },
    encoded::{ArgumentError, EncodeSession, Encoded, Fragment},
    list::List,
    literal::{LiteralMode, literal_header},
    number::{number64, nz_number, write_number},
    span::{ListSpan, StringSpan},
    string::{Escaped, IString, Printable, astring, nstring, quoted},
    value::{list_inside, skip_value, some_value},
};

/// A parse error. It has no details because the caller keeps the raw bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fail;

impl<I> ParseError<I> for Fail {
    fn from_error_kind(_: I, _: ErrorKind) -> Self {
        Self
    }
    fn append(_: I, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl<I, E> nom::error::FromExternalError<I, E> for Fail {
    fn from_external_error(_: I, _: ErrorKind, _: E) -> Self {
        Self
    }
}

pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Fail>;

/// What a shortcut gives: the rest and the value, or `None` for the general rule.
pub(crate) type Token<'a, T> = Option<(&'a [u8], T)>;

/// The error of every rule.
pub(crate) const FAIL: Err<Fail> = Err::Error(Fail);
