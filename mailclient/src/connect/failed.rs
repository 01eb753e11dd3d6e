//! [`Failed`]: why a connection was not made.

use crate::error::Error;

/// Why a connection was not made.
pub(crate) enum Failed {
    /// A POP3 server hung up or fell silent when it was asked for its capabilities.
    InCapa(Error),
    Otherwise(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Otherwise(error)
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::InCapa(error) | Failed::Otherwise(error) => error,
        }
    }
}
