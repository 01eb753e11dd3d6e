//! The server's side of SASL: PLAIN ([RFC 4616](https://www.rfc-editor.org/rfc/rfc4616)), LOGIN,
//! CRAM-MD5 ([RFC 2195](https://www.rfc-editor.org/rfc/rfc2195)), XOAUTH2 and OAUTHBEARER ([RFC
//! 7628](https://www.rfc-editor.org/rfc/rfc7628)).

use std::{borrow::Cow, sync::Arc};

use hmac::{Hmac, Mac as _};
use md5::Md5;

use super::store::Account;

/// The next step of an exchange.
#[derive(Debug)]
pub(super) enum Step {
    /// Send a challenge.
    Challenge(Cow<'static, [u8]>),
    Accept(Arc<Account>),
    Refuse,
}

/// One exchange.
#[derive(Debug)]
pub(super) enum Exchange {
    Plain,
    /// First the name, then the password.
    Login {
        name: Option<Vec<u8>>,
    },
    /// With the challenge.
    CramMd5(String),
    XOAuth2,
    OAuthBearer,
    /// The token was bad and the client was told why: the next answer is refused, whatever it is.
    Failed,
}

impl Exchange {
    /// `None` for a mechanism that this server does not have. `challenge` is another one for each
    /// exchange.
    pub(super) fn new(mechanism: &str, challenge: String) -> Option<Self> {
        Some(match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => Self::Plain,
            "LOGIN" => Self::Login { name: None },
            "CRAM-MD5" => Self::CramMd5(challenge),
            "XOAUTH2" => Self::XOAuth2,
            "OAUTHBEARER" => Self::OAuthBearer,
            _ => return None,
        })
    }

    /// Whether it proves the user by a token.
    pub(super) const fn is_by_token(&self) -> bool {
        matches!(self, Self::XOAuth2 | Self::OAuthBearer)
    }

    /// The client's message; `None` before the first one.
    pub(super) fn step(&mut self, accounts: &[Arc<Account>], said: Option<&[u8]>) -> Step {
        let Some(said) = said else {
            return Step::Challenge(match self {
                Self::Login { .. } => b"Username:"[..].into(),
                Self::CramMd5(challenge) => challenge.clone().into_bytes().into(),
                _ => b""[..].into(),
            });
        };
        match self {
            Self::Plain => {
                let mut fields = said.split(|&octet| octet == 0).skip(1);
                let (name, password) = (fields.next(), fields.next());
                let known = name.and_then(|name| find(accounts, name));
                accept(known.filter(|account| {
                    password.is_some_and(|password| account.password_is(password))
                }))
            }
            Self::Login { name: None } => {
                *self = Self::Login { name: Some(said.to_vec()) };
                Step::Challenge(b"Password:"[..].into())
            }
            Self::Login { name: Some(name) } => {
                accept(find(accounts, name).filter(|account| account.password_is(said)))
            }
            Self::CramMd5(challenge) => {
                let space = said.iter().rposition(|&octet| octet == b' ');
                let (name, digest) = said.split_at(space.unwrap_or(said.len()));
                let known = find(accounts, name).filter(|account| {
                    let expected = cram_md5(account.password(), challenge);
                    digest.get(1..) == Some(expected.as_bytes())
                });
                accept(known)
            }
            Self::XOAuth2 | Self::OAuthBearer => {
                let mut fields = said.split(|&octet| octet == 1);
                let first = fields.next().unwrap_or_default();
                let bearer = fields.find_map(|field| field.strip_prefix(b"auth=Bearer "));
                let name = match self {
                    Self::XOAuth2 => first.strip_prefix(b"user="),
                    // gs2-header: `n,a=NAME,`
                    _ => first
                        .split(|&octet| octet == b',')
                        .find_map(|field| field.strip_prefix(b"a=")),
                };
                let known = name.and_then(|name| find(accounts, name));
                match known.filter(|account| bearer.is_some_and(|token| account.token_is(token))) {
                    Some(account) => Step::Accept(account),
                    None => {
                        let why = Step::Challenge(match self {
                            Self::XOAuth2 => {
                                br#"{"status":"401","schemes":"bearer","scope":"mail"}"#[..].into()
                            }
                            _ => br#"{"status":"invalid_token","scope":"mail"}"#[..].into(),
                        });
                        *self = Self::Failed;
                        why
                    }
                }
            }
            Self::Failed => Step::Refuse,
        }
    }
}

/// The account with this name.
pub(super) fn find(accounts: &[Arc<Account>], name: &[u8]) -> Option<Arc<Account>> {
    accounts.iter().find(|account| account.name.as_bytes() == name).cloned()
}

/// The digest of CRAM-MD5, in lower-case hexadecimal.
pub(super) fn cram_md5(password: &str, challenge: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(password.as_bytes()) else {
        return String::new();
    };
    mac.update(challenge.as_bytes());
    mac.finalize().into_bytes().iter().map(|octet| format!("{octet:02x}")).collect()
}

fn accept(account: Option<Arc<Account>>) -> Step {
    account.map_or(Step::Refuse, Step::Accept)
}

#[cfg(test)]
mod tests {
    use super::{super::store::Rules, *};

    fn outcome(mechanism: &str, said: &[&[u8]]) -> String {
        let accounts = [Arc::new(Account::new("alice", "secret", "good-token", Rules::of(1), &[]))];
        let mut exchange = Exchange::new(mechanism, "<1@x>".into()).unwrap();
        let mut step = Step::Refuse;
        for said in said {
            step = exchange.step(&accounts, Some(said));
        }
        match step {
            Step::Accept(account) => account.name.clone(),
            Step::Challenge(text) => String::from_utf8_lossy(&text).into_owned(),
            Step::Refuse => "no".into(),
        }
    }

    #[test]
    fn passwords() {
        assert_eq!(outcome("plain", &[b"\0alice\0secret"]), "alice");
        assert_eq!(outcome("PLAIN", &[b"alice\0alice\0secret"]), "alice");
        for said in [&b"\0alice\0wrong"[..], b"\0bob\0secret", b"\0alice", b"", b"alice secret"] {
            assert_eq!(outcome("PLAIN", &[said]), "no");
        }
        assert_eq!(outcome("LOGIN", &[b"alice", b"secret"]), "alice");
        assert_eq!(outcome("LOGIN", &[b"alice"]), "Password:");
        assert_eq!(outcome("LOGIN", &[b"alice", b"x"]), "no");
    }

    #[test]
    fn digests() {
        // The example of RFC 2195 section 2.
        let challenge = "<1896.697170952@postoffice.reston.mci.net>";
        let digest = "b913a602c7eda7a495b4e6e7334d3890";
        assert_eq!(cram_md5("tanstaaftanstaaf", challenge), digest);
        let right = format!("alice {}", cram_md5("secret", "<1@x>"));
        assert_eq!(outcome("CRAM-MD5", &[right.as_bytes()]), "alice");
        let wrong = format!("alice {}", cram_md5("guess", "<1@x>"));
        for said in [wrong.as_bytes(), b"alice", b"alice ", b"bob 00", b""] {
            assert_eq!(outcome("CRAM-MD5", &[said]), "no");
        }
    }

    #[test]
    fn tokens() {
        assert_eq!(outcome("XOAUTH2", &[b"user=alice\x01auth=Bearer good-token\x01\x01"]), "alice");
        assert_eq!(
            outcome(
                "OAUTHBEARER",
                &[b"n,a=alice,\x01host=x\x01port=993\x01auth=Bearer good-token\x01\x01"]
            ),
            "alice"
        );
        let stale = b"user=alice\x01auth=Bearer stale\x01\x01";
        assert!(outcome("XOAUTH2", &[stale]).contains("401"));
        assert_eq!(outcome("XOAUTH2", &[stale, b""]), "no");
        let stale = b"n,a=alice,\x01auth=Bearer stale\x01\x01";
        assert!(outcome("OAUTHBEARER", &[stale]).contains("invalid_token"));
        assert_eq!(outcome("OAUTHBEARER", &[stale, b"\x01"]), "no");
        assert_eq!(outcome("XOAUTH2", &[b"", b""]), "no");
    }

    #[test]
    fn who_says_nothing_is_asked() {
        for (mechanism, asked) in
            [("PLAIN", &b""[..]), ("LOGIN", b"Username:"), ("XOAUTH2", b""), ("CRAM-MD5", b"<1@x>")]
        {
            let step = Exchange::new(mechanism, "<1@x>".into()).unwrap().step(&[], None);
            assert!(matches!(step, Step::Challenge(text) if *text == *asked));
        }
        assert!(Exchange::new("GSSAPI", String::new()).is_none());
    }
}
