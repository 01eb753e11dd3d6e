//! [`Protocol`] and [`Security`].

/// The protocol of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// IMAP4rev1 or IMAP4rev2 (RFC 3501, RFC 9051).
    Imap,
    /// POP3 (RFC 1939).
    Pop3,
}

/// How TLS begins. There is no fall-back and no clear text (RFC 8314).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Security {
    /// The connection starts with TLS: ports 993 and 995.
    ImplicitTls,
    /// The connection starts in clear and is upgraded (STARTTLS, STLS) before anything else: ports
    /// 143 and 110. A server that does not offer it gets no credentials.
    StartTls,
}
