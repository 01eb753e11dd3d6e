//! The digest of APOP: [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7).

use bytes::{BufMut as _, BytesMut};
use md5::{Digest as _, Md5};

use crate::types::Timestamp;

/// MD5 of the timestamp, angle brackets included, and the secret.
pub(crate) fn digest(timestamp: &Timestamp, secret: &[u8]) -> [u8; 16] {
    Md5::new().chain_update(timestamp.as_bytes()).chain_update(secret).finalize().into()
}

/// Appends the digest in lower-case hexadecimal, and the line end.
pub(crate) fn append_digest(out: &mut BytesMut, timestamp: &Timestamp, secret: &str) {
    use core::fmt::Write as _;
    out.put_u8(b' ');
    for octet in digest(timestamp, secret.as_bytes()) {
        // Writing to a BytesMut cannot fail.
        let _ = write!(out, "{octet:02x}");
    }
    out.put_slice(b"\r\n");
}

/// Compares in constant time.
pub(crate) fn same(one: &[u8; 16], other: &[u8; 16]) -> bool {
    let difference =
        one.iter().zip(other).fold(0, |difference, (one, other)| difference | (one ^ other));
    core::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 1939 section 7.
    #[test]
    fn digest_of_the_rfc() {
        let timestamp = Timestamp::new("<1896.697170952@dbc.mtview.ca.us>").unwrap();
        let mut out = BytesMut::new();
        append_digest(&mut out, &timestamp, "tanstaaf");
        assert_eq!(out, &b" c4c9334bac560ecc979e58001b3e22fb\r\n"[..]);
        let digest = digest(&timestamp, b"tanstaaf");
        assert!(same(&digest, &digest));
        for at in 0..16 {
            let mut other = digest;
            other[at] ^= 1;
            assert!(!same(&digest, &other));
        }
    }
}
