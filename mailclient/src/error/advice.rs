//! [`Advice`]: what a refusal asks for.

/// What a refusal asks for: by its code (RFC 5530, RFC 3206, RFC 2449), else by its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    WithOtherCredentials,
    Later,
    Differently,
    AskAPerson,
    Unknown,
}

macro_rules! advice {
    ($($protocol:ident)+) => {$(
        impl From<$protocol::Retry> for Advice {
            fn from(retry: $protocol::Retry) -> Self {
                use $protocol::Retry;
                match retry {
                    Retry::WithOtherCredentials => Self::WithOtherCredentials,
                    Retry::Later => Self::Later,
                    Retry::Differently => Self::Differently,
                    Retry::AskAPerson => Self::AskAPerson,
                    _ => Self::Unknown,
                }
            }
        }
    )+};
}

advice!(pop3_proto imap_proto_lite);
