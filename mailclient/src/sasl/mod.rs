//! The client's side of SASL mechanisms: the content of their messages. The proto crates carry them
//! as opaque bytes.

use bytes::Bytes;

use crate::{
    credentials::Secret,
    error::{Error, Result},
};

/// SASL PLAIN (RFC 4616): no authorization identity, the user, the password.
///
/// # Errors
/// [`Error::Misuse`] when user or password contains a NUL, the separator of the fields.
pub(crate) fn plain(user: &str, password: &Secret) -> Result<Bytes> {
    if user.contains('\0') || password.expose().contains('\0') {
        return Err(Error::misuse("a user name or password cannot hold a NUL"));
    }
    Ok(format!("\0{user}\0{}", password.expose()).into())
}

/// XOAUTH2, as Microsoft and Google document it: `user=` and `auth=Bearer`, each followed by a 0x01
/// byte, and one more.
///
/// # Errors
/// [`Error::Misuse`] when user or token contains a control character.
pub(crate) fn xoauth2(user: &str, token: &Secret) -> Result<Bytes> {
    if user.chars().chain(token.expose().chars()).any(char::is_control) {
        return Err(Error::misuse("a user name or token cannot hold control characters"));
    }
    Ok(format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose()).into())
}

#[cfg(test)]
mod tests {
    use super::{plain, xoauth2};
    use crate::credentials::Secret;

    #[test]
    fn messages_are_as_documented() {
        // RFC 4616 section 4.
        assert_eq!(
            &plain("tim", &Secret::new("tanstaaftanstaaf")).unwrap()[..],
            b"\0tim\0tanstaaftanstaaf"
        );
        assert_eq!(
            &xoauth2("test@contoso.onmicrosoft.com", &Secret::new("EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA")).unwrap()[..],
            b"user=test@contoso.onmicrosoft.com\x01auth=Bearer EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA\x01\x01"
        );
    }

    #[test]
    fn nothing_can_move_the_borders() {
        assert!(plain("a\0b", &Secret::new("x")).is_err());
        assert!(plain("a", &Secret::new("x\0y")).is_err());
        assert!(xoauth2("a\x01b", &Secret::new("x")).is_err());
        assert!(xoauth2("a", &Secret::new("x\r\ny")).is_err());
    }
}
