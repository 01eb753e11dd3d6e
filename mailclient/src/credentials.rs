//! [`Credentials`]: a password or a source of tokens.

use std::{fmt, sync::Arc};

use zeroize::Zeroizing;

use crate::{error::Result, mailbox::BoxFuture};

/// A password or a token: wiped when dropped, never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of the text.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// The text. Values derived from it are not wiped.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What a [`TokenSource`] is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The server refused the token that the source gave last: a cached one is of no use.
    pub is_refused: bool,
}

impl TokenRequest {
    /// The request at the beginning of a login.
    #[must_use]
    pub const fn new() -> Self {
        Self { is_refused: false }
    }

    /// The request after the server refused a token.
    #[must_use]
    pub const fn after_refusal(mut self) -> Self {
        self.is_refused = true;
        self
    }
}

/// Gives OAuth 2.0 access tokens.
///
/// ```
/// use mailclient::{BoxFuture, Error, Result, Secret, TokenRequest, TokenSource};
///
/// struct Cache(std::sync::Mutex<Option<String>>);
///
/// impl TokenSource for Cache {
///     fn token<'a>(&'a self, request: &'a TokenRequest) -> BoxFuture<'a, Result<Secret>> {
///         let cached = self.0.lock().ok().and_then(|token| token.clone());
///         Box::pin(async move {
///             match cached {
///                 Some(token) if !request.is_refused => Ok(Secret::new(token)),
///                 _ => Err(Error::token("sign in again")),
///             }
///         })
///     }
/// }
/// ```
pub trait TokenSource: Send + Sync {
    /// Returns a token. Called at each login, and once more when the server refused that token. If
    /// it is the same token then, it is not sent again, and the login fails with the refusal.
    ///
    /// # Errors
    /// [`Error::token`](crate::Error::token) when a person has to sign in again,
    /// [`Error::token_for_now`](crate::Error::token_for_now) when trying again may help. The login
    /// fails with this error. A source that takes more than
    /// [`Timeouts::token`](crate::Timeouts::token) is dropped.
    fn token<'a>(&'a self, request: &'a TokenRequest) -> BoxFuture<'a, Result<Secret>>;
}

/// The secret of a login.
///
/// ```
/// use mailclient::Credentials;
///
/// let password = Credentials::password("secret");
/// let token = Credentials::token("ya29.a0AfB_byC"); // For one hour, at most providers.
/// assert_eq!(format!("{password:?} {token:?}"), "Password(..) Token(..)");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// A password: SASL PLAIN where the server offers it, else LOGIN or USER and PASS.
    Password(Secret),
    /// A source of OAuth 2.0 tokens: SASL XOAUTH2.
    Token(Arc<dyn TokenSource>),
}

impl Credentials {
    /// A password.
    #[must_use]
    pub fn password(password: impl Into<String>) -> Self {
        Self::Password(Secret::new(password))
    }

    /// A fixed token, for as long as it is valid.
    #[must_use]
    pub fn token(token: impl Into<String>) -> Self {
        Self::tokens(GivenToken(Secret::new(token)))
    }

    /// A source of tokens. To share one, put an `Arc` of it into [`Token`](Self::Token).
    #[must_use]
    pub fn tokens(source: impl TokenSource + 'static) -> Self {
        Self::Token(Arc::new(source))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(..)",
            Self::Token(_) => "Token(..)",
        })
    }
}

struct GivenToken(Secret);

impl TokenSource for GivenToken {
    fn token<'a>(&'a self, _: &'a TokenRequest) -> BoxFuture<'a, Result<Secret>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Credentials, Secret};

    #[test]
    fn debug_never_shows_a_secret() {
        for shown in [
            format!("{:?}", Secret::new("canary")),
            format!("{:#?}", Credentials::password("canary")),
            format!("{:?}", Credentials::token("canary")),
        ] {
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
