//! [`Quota`] and [`Rights`].

/// A limit of the server on what is stored (RFC 9208).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// The name of the resource: `STORAGE` counts units of 1,024 bytes, `MESSAGE` messages.
    pub resource: String,
    /// How much is used.
    pub used: u64,
    /// How much may be used.
    pub limit: u64,
}

/// What the user may do in a folder (RFC 4314 section 2.1): one letter a right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights(String);

impl Rights {
    /// From the letters of the server, such as `lrswipkxte`.
    #[must_use]
    pub fn new(letters: impl Into<String>) -> Self {
        Self(letters.into())
    }

    /// Whether a right is there: `r` to read, `i` to add messages, `t` and `e` to delete them.
    #[must_use]
    pub fn has(&self, right: char) -> bool {
        self.0.contains(right)
    }

    /// The letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
