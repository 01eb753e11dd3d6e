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

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Gives OAuth 2.0 access tokens.
pub trait TokenSource: Send + Sync {
    /// Returns a token. Called at each login, and once more with `rejected` set when the server
    /// refused that token: a cached token is then of no use.
    ///
    /// # Errors
    /// The login fails with this error.
    fn token(&self, rejected: bool) -> BoxFuture<'_, Result<Secret>>;
}

/// The secret of a login.
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
        Self::Token(Arc::new(GivenToken(Secret::new(token))))
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
    fn token(&self, _rejected: bool) -> BoxFuture<'_, Result<Secret>> {
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
