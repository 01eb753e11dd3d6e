//! Answers of a server: what a call hears, and refusals.

use imap_proto_lite::{
    Status,
    client::Event,
    response::{Response, ResponseCode},
    selected::Selected,
};

use crate::error::{Advice, Error, Refusal, Result};

/// What a call does with each untagged response; true if it is part of the answer that the call
/// asked for, and no news.
pub(super) type Listener<'l> = dyn FnMut(&Selected, &Response<'_>) -> bool + Send + 'l;

/// The answer that was heard.
pub(super) enum Heard {
    /// An untagged response, which the listener got.
    Line,
    /// Anything else.
    Event(Event),
    /// The time has come.
    Time,
}

/// The code of a positive answer.
///
/// # Errors
/// [`Error::Refused`] for a negative one.
pub(super) fn accepted(name: &'static str, answer: Event) -> Result<Option<ResponseCode<'static>>> {
    let Event::Done { status, code, text, .. } = answer else {
        return Err(Error::inconsistent("a command was answered by something else"));
    };
    if status == Status::Ok {
        return Ok(code);
    }
    let code_name = code.as_ref().and_then(|code| match code {
        ResponseCode::Other { name, .. } => Some(name.to_str_lossy().into_owned()),
        known => known.name().map(Into::into),
    });
    let advice = code.map_or(Advice::Unknown, |code| code.retry().into());
    let refusal = Refusal::with_advice(name, code_name.as_deref(), &text.to_string(), advice);
    Err(Error::Refused(Box::new(refusal)))
}
