//! POP URLs: [RFC 2384](https://www.rfc-editor.org/rfc/rfc2384).

use alloc::{string::String, vec::Vec};
use core::{
    fmt::{self, Write as _},
    str::FromStr,
};

use thiserror::Error;

use crate::config::Transport;

/// The place of a maildrop: `pop://[user[;AUTH=mechanism]@]host[:port]`, and by convention
/// `pops://` for TLS from the beginning.
///
/// Parts are decoded and contain no control characters. There is no password:
/// [RFC 2384 section 4](https://www.rfc-editor.org/rfc/rfc2384#section-4) has no place for one. A
/// program that follows the URL of a third party must ask before it sends stored credentials to its
/// server (section 8).
///
/// ```
/// use pop3_proto::{PopUrl, UrlAuth};
/// let url: PopUrl = "pop://rg;AUTH=+APOP@mail.example.org:8110".parse()?;
/// assert_eq!((url.user(), url.host(), url.port()), (Some("rg"), "mail.example.org", 8110));
/// assert_eq!(url.auth(), Some(&UrlAuth::Apop));
/// assert_eq!(url.to_string(), "pop://rg;AUTH=+APOP@mail.example.org:8110");
/// # Ok::<(), pop3_proto::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PopUrl {
    transport: Transport,
    user: Option<String>,
    auth: Option<UrlAuth>,
    host: String,
    port: Option<u16>,
}

/// How to log in: [RFC 2384 section 5](https://www.rfc-editor.org/rfc/rfc2384#section-5).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum UrlAuth {
    /// `*`: the client chooses. Implied by a user without `;AUTH=`.
    Any,
    /// `+APOP`: the command APOP.
    Apop,
    /// `+` and another name: an extension that this crate does not know.
    Extension(String),
    /// A SASL mechanism, in capitals.
    Sasl(String),
}

/// Why a text is not a POP URL. The text is not repeated, because people write passwords into URLs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It begins with neither `pop://` nor `pops://`.
    #[error("is not a pop:// or pops:// URL")]
    Scheme,
    /// The user name is empty, holds a character that has to be encoded, or is not UTF-8.
    #[error("malformed user name in a POP URL")]
    User,
    /// A password follows the user name. POP URLs have none.
    #[error("a POP URL must not hold a password")]
    Password,
    /// The parameter after `;` is not `AUTH=` with `*`, a SASL mechanism or `+` and a name.
    #[error("malformed ;AUTH= in a POP URL")]
    Auth,
    /// The host is missing or malformed.
    #[error("malformed host in a POP URL")]
    Host,
    /// The port is not a number from 1 to 65,535.
    #[error("malformed port in a POP URL")]
    Port,
    /// Text follows host and port. A POP URL names a maildrop and no part of it.
    #[error("a POP URL has no path, query or fragment")]
    Path,
    /// A `%` without two hexadecimal digits, or an encoded control character (CR, LF and NUL among
    /// them).
    #[error("malformed percent-encoding in a POP URL")]
    Encoding,
}

impl PopUrl {
    /// A URL without a user. The host is a name, an IPv4 address, or an IPv6 address with or
    /// without brackets.
    ///
    /// # Errors
    /// [`UrlError::Host`].
    pub fn new(transport: Transport, host: &str) -> Result<Self, UrlError> {
        let bracketed = host.contains(':') && !host.starts_with('[');
        let host = if bracketed { alloc::format!("[{host}]") } else { String::from(host) };
        match self::host(&host)? {
            (host, "") => Ok(Self { transport, user: None, auth: None, host, port: None }),
            _ => Err(UrlError::Host),
        }
    }

    /// Sets the user, and how to log in.
    ///
    /// # Errors
    /// [`UrlError::User`] for an empty name or a control character, [`UrlError::Auth`] for a name
    /// that no mechanism can have.
    pub fn with_user(mut self, user: &str, auth: UrlAuth) -> Result<Self, UrlError> {
        if user.is_empty() || user.chars().any(char::is_control) {
            return Err(UrlError::User);
        }
        self.auth = Some(match auth {
            UrlAuth::Sasl(name) => self::auth(&name).ok_or(UrlError::Auth)?,
            UrlAuth::Extension(name) => {
                self::auth(&alloc::format!("+{name}")).ok_or(UrlError::Auth)?
            }
            UrlAuth::Any | UrlAuth::Apop => auth,
        });
        self.user = Some(user.into());
        Ok(self)
    }

    /// Sets the port.
    ///
    /// # Errors
    /// [`UrlError::Port`] for zero.
    pub fn with_port(mut self, port: u16) -> Result<Self, UrlError> {
        if port == 0 {
            return Err(UrlError::Port);
        }
        self.port = Some(port);
        Ok(self)
    }

    /// [`Tls`](Transport::Tls) for `pops://`. With `Clear` a client may still begin TLS with STLS.
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// The user name, decoded.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// How to log in; `None` without a user.
    pub const fn auth(&self) -> Option<&UrlAuth> {
        self.auth.as_ref()
    }

    /// The host; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port of the URL, else 110 or 995.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.transport.port())
    }
}

/// ```text
/// popurl   = "pop://" server                        ; RFC 2384 section 9, and "pops://"
/// server   = [user-auth "@"] hostport
/// user-auth = enc-user [auth]
/// auth     = ";AUTH=" ("*" / enc-auth-type)
/// enc-auth-type = enc-sasl / enc-ext                ; enc-ext = "+" ("APOP" / 1*achar)
/// enc-user = 1*achar                                ; achar = uchar / "&" / "=" / "~"
/// ```
/// Tolerated: a single `/` at the end, which many programs add.
impl FromStr for PopUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let scheme = |scheme: &str| {
            text.get(..scheme.len())
                .filter(|begin| begin.eq_ignore_ascii_case(scheme))
                .and_then(|_| text.get(scheme.len()..))
        };
        let (transport, rest) = match (scheme("pop://"), scheme("pops://")) {
            (Some(rest), _) => (Transport::Clear, rest),
            (None, Some(rest)) => (Transport::Tls, rest),
            (None, None) => return Err(UrlError::Scheme),
        };
        let server = rest.strip_suffix('/').unwrap_or(rest);
        if server.contains(['/', '?', '#', '\\']) {
            return Err(UrlError::Path);
        }
        // One `@` only: a second one hides the host from a reader.
        let (user_auth, hostport) = match server.split_once('@') {
            Some((user_auth, hostport)) => (Some(user_auth), hostport),
            None => (None, server),
        };
        let (host, rest) = host(hostport)?;
        let port = match rest.strip_prefix(':') {
            Some(digits) => Some(port(digits)?),
            None if rest.is_empty() => None,
            None => return Err(UrlError::Host),
        };
        let url = Self { transport, user: None, auth: None, host, port };
        match user_auth {
            None => Ok(url),
            Some(user_auth) => {
                let (user, auth) = user_and_auth(user_auth)?;
                url.with_user(&user, auth)
            }
        }
    }
}

impl fmt::Display for PopUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.transport {
            Transport::Clear => "pop://",
            Transport::Tls => "pops://",
        })?;
        if let Some(user) = &self.user {
            encode(f, user)?;
            match &self.auth {
                None | Some(UrlAuth::Any) => {}
                Some(UrlAuth::Apop) => f.write_str(";AUTH=+APOP")?,
                Some(UrlAuth::Extension(name)) => write!(f, ";AUTH=+{name}")?,
                Some(UrlAuth::Sasl(name)) => write!(f, ";AUTH={name}")?,
            }
            f.write_char('@')?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// `enc-user [auth]`, decoded.
fn user_and_auth(text: &str) -> Result<(String, UrlAuth), UrlError> {
    let (user, parameter) = match text.split_once(';') {
        Some((user, parameter)) => (user, Some(parameter)),
        None => (text, None),
    };
    if user.contains(':') {
        return Err(UrlError::Password);
    }
    let user = decode(user, UrlError::User)?;
    let auth = match parameter {
        None => UrlAuth::Any,
        Some(parameter) => {
            let value = parameter
                .get(..5)
                .filter(|name| name.eq_ignore_ascii_case("AUTH="))
                .and_then(|_| parameter.get(5..))
                .ok_or(UrlError::Auth)?;
            auth(&decode(value, UrlError::Auth)?).ok_or(UrlError::Auth)?
        }
    };
    Ok((user, auth))
}

/// `sasl-mech` is 1 to 20 upper-case letters, digits, `-` and `_`:
/// [RFC 4422 section 3.1](https://www.rfc-editor.org/rfc/rfc4422#section-3.1).
fn auth(value: &str) -> Option<UrlAuth> {
    let is_name = |name: &str| {
        (1..=20).contains(&name.len())
            && name
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
    };
    match value.strip_prefix('+') {
        _ if value == "*" => Some(UrlAuth::Any),
        Some(name) if name.eq_ignore_ascii_case("APOP") => Some(UrlAuth::Apop),
        Some(name) => is_name(name).then(|| UrlAuth::Extension(name.to_ascii_uppercase())),
        None => is_name(value).then(|| UrlAuth::Sasl(value.to_ascii_uppercase())),
    }
}

/// The host at the front of a text, decoded, and the rest of the text.
fn host(text: &str) -> Result<(String, &str), UrlError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or(UrlError::Host)?;
        let address: core::net::Ipv6Addr = address.parse().map_err(|_| UrlError::Host)?;
        return Ok((alloc::format!("{address}"), rest));
    }
    let end = text.find(':').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    // The characters of DNS, and the underscore of some intranets. Others, encoded or not, deceive.
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
    if name.is_empty() || name.len() > 255 || !name.bytes().all(is_name) {
        return Err(UrlError::Host);
    }
    Ok((name.to_ascii_lowercase(), rest))
}

fn port(digits: &str) -> Result<u16, UrlError> {
    match digits.parse() {
        Ok(port) if port > 0 && digits.bytes().all(|octet| octet.is_ascii_digit()) => Ok(port),
        _ => Err(UrlError::Port),
    }
}

/// `achar` without the percent sign: the characters that are not encoded.
const fn is_achar(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b'$' | b'-'
                | b'_'
                | b'.'
                | b'+'
                | b'!'
                | b'*'
                | b'\''
                | b'('
                | b')'
                | b','
                | b'&'
                | b'='
                | b'~'
        )
}

fn decode(text: &str, malformed: UrlError) -> Result<String, UrlError> {
    let mut out = Vec::with_capacity(text.len());
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        out.push(match octet {
            b'%' => {
                let mut digit = || octets.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = digit().zip(digit()).ok_or(UrlError::Encoding)?;
                u8::try_from(high * 16 + low).map_err(|_| UrlError::Encoding)?
            }
            octet if is_achar(octet) => octet,
            _ => return Err(malformed),
        });
    }
    let text = String::from_utf8(out).map_err(|_| malformed)?;
    if text.chars().any(char::is_control) {
        return Err(UrlError::Encoding);
    }
    Ok(text)
}

fn encode(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for octet in text.bytes() {
        if is_achar(octet) {
            f.write_char(char::from(octet))?;
        } else {
            write!(f, "%{octet:02X}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
