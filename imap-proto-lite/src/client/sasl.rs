//! The SASL exchange of AUTHENTICATE: RFC 9051 section 6.2.2.

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use bytes::Bytes;

/// Ends a SASL exchange.
pub(super) const CANCEL: Bytes = Bytes::from_static(b"*\r\n");

/// Servers forget the padding.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) struct Sasl {
    /// Base64 of the initial response that did not fit on the line.
    pub(super) initial: Option<Bytes>,
    pub(super) rounds: usize,
    /// A challenge was handed out.
    pub(super) awaited: bool,
    pub(super) cancelled: bool,
}

/// Base64 and CRLF; for no octets the empty line.
pub(super) fn base64_line(data: &[u8]) -> Bytes {
    let mut line = STANDARD.encode(data);
    line.push_str("\r\n");
    Bytes::from(line)
}
