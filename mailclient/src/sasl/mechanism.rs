//! The client's side of SASL mechanisms.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use zeroize::Zeroizing;

use crate::{
    credentials::Secret,
    error::{Error, Result},
};

/// One login with a mechanism (RFC 4422).
pub(crate) trait Mechanism: Send {
    /// Its name on the wire.
    fn name(&self) -> &'static str;

    /// The first message of the client, if the client speaks first.
    fn initial(&mut self) -> Option<Bytes>;

    /// The answer to a challenge; `None` cancels the exchange.
    fn answer(&mut self, challenge: &[u8]) -> Option<Bytes>;

    /// Everything was said that the mechanism has to say, and the server has proved what it has to
    /// prove. A success of the server counts only then.
    fn is_complete(&self) -> bool;

    /// Texts that must not occur in an error.
    fn secrets(&self) -> Vec<Zeroizing<String>>;
}

/// A mechanism of one message, with which the client begins. A challenge after it is one too many.
/// The machine itself answers the reason of a refused token.
pub(crate) struct OneMessage {
    name: &'static str,
    message: Zeroizing<String>,
    secret: Secret,
    said: bool,
}

impl OneMessage {
    /// PLAIN (RFC 4616): no authorization identity, the user, the password.
    ///
    /// # Errors
    /// [`Error::Misuse`] when user or password contains a NUL, the separator of the fields.
    pub(crate) fn plain(user: &str, password: &Secret) -> Result<Self> {
        if user.contains('\0') || password.expose().contains('\0') {
            return Err(Error::misuse("a user name or password cannot contain a NUL"));
        }
        Ok(Self::new("PLAIN", format!("\0{user}\0{}", password.expose()), password))
    }

    /// XOAUTH2, as Microsoft and Google document it: `user=` and `auth=Bearer`, each followed by a
    /// 0x01 byte, and one more.
    ///
    /// # Errors
    /// [`Error::Misuse`] when user or token contains a control character.
    pub(crate) fn xoauth2(user: &str, token: &Secret) -> Result<Self> {
        if user.chars().chain(token.expose().chars()).any(char::is_control) {
            return Err(Error::misuse("a user name or token cannot contain control characters"));
        }
        let message = format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose());
        Ok(Self::new("XOAUTH2", message, token))
    }

    fn new(name: &'static str, message: String, secret: &Secret) -> Self {
        Self { name, message: Zeroizing::new(message), secret: secret.clone(), said: false }
    }
}

impl Mechanism for OneMessage {
    fn name(&self) -> &'static str {
        self.name
    }

    fn initial(&mut self) -> Option<Bytes> {
        self.said = true;
        Some(Bytes::copy_from_slice(self.message.as_bytes()))
    }

    fn answer(&mut self, _: &[u8]) -> Option<Bytes> {
        None
    }

    fn is_complete(&self) -> bool {
        self.said
    }

    /// The secret in clear and as it is on the wire: a server that echoes our line shows one of
    /// them.
    fn secrets(&self) -> Vec<Zeroizing<String>> {
        let encoded = |text: &str| Zeroizing::new(STANDARD.encode(text));
        let secret = self.secret.expose();
        vec![encoded(&self.message), Zeroizing::new(secret.to_owned()), encoded(secret)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_as_documented() {
        // RFC 4616 section 4.
        let mut plain = OneMessage::plain("tim", &Secret::new("tanstaaftanstaaf")).unwrap();
        assert!(!plain.is_complete());
        assert_eq!(&plain.initial().unwrap()[..], b"\0tim\0tanstaaftanstaaf");
        assert!(plain.is_complete());
        let token = Secret::new("EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA");
        let mut oauth = OneMessage::xoauth2("test@contoso.onmicrosoft.com", &token).unwrap();
        assert_eq!(
            &oauth.initial().unwrap()[..],
            b"user=test@contoso.onmicrosoft.com\x01auth=Bearer EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA\x01\x01"
        );
    }

    #[test]
    fn nothing_can_move_the_borders() {
        assert!(OneMessage::plain("a\0b", &Secret::new("x")).is_err());
        assert!(OneMessage::plain("a", &Secret::new("x\0y")).is_err());
        assert!(OneMessage::xoauth2("a\x01b", &Secret::new("x")).is_err());
        assert!(OneMessage::xoauth2("a", &Secret::new("x\r\ny")).is_err());
    }
}
