//! What to do after a refusal.

/// What a refusal asks for, as far as its response code tells: the result of
/// [`ResponseCode::retry`](crate::response::ResponseCode::retry).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Retry {
    /// Try again with other credentials.
    WithOtherCredentials,
    /// Try the same again later.
    Later,
    /// The program has to send another command first, or a different one: the same command alone
    /// would fail again.
    Differently,
    /// A person has to act first: the same command would fail again.
    AskAPerson,
    /// The response code does not tell, or there is none.
    Unknown,
}
