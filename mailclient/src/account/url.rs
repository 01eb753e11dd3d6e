//! The text form of an account.

use std::{fmt, num::NonZeroU16, str::FromStr};

use crate::{
    account::{Account, Protocol, Security},
    error::{Error, Result},
    folder::{Access, FolderName},
    id::{percent_decoded, percent_encode},
};

/// The schemes of URLs. Of two with one meaning the first is written.
const SCHEMES: [(&str, Protocol, Security); 6] = [
    ("imaps", Protocol::Imap, Security::ImplicitTls),
    ("imap+starttls", Protocol::Imap, Security::StartTls),
    ("pop3s", Protocol::Pop3, Security::ImplicitTls),
    ("pop3+stls", Protocol::Pop3, Security::StartTls),
    ("pops", Protocol::Pop3, Security::ImplicitTls),
    ("pop3+starttls", Protocol::Pop3, Security::StartTls),
];

impl FromStr for Account {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some((scheme, rest)) = text.split_once("://") {
            return from_url(scheme, rest);
        }
        let (provider, user) = text.split_once(':').ok_or_else(|| {
            Error::account(
                "an account is a URL (imaps://user@host) or provider:user (office365:user@domain)",
            )
        })?;
        if user.is_empty() || user.chars().any(char::is_control) {
            return Err(Error::account(
                "the account lacks a user: provider:user (office365:user@domain)",
            ));
        }
        match provider.rsplit_once('+') {
            Some((provider, "pop3")) => Self::at(provider, Protocol::Pop3, user),
            Some((provider, "imap")) => Self::at(provider, Protocol::Imap, user),
            _ => Self::at(provider, Protocol::Imap, user),
        }
    }
}

fn from_url(scheme: &str, rest: &str) -> Result<Account> {
    let (protocol, security) = protocol(scheme)?;
    let (authority, options) = match rest.split_once('/') {
        Some((authority, options)) => (authority, options),
        None => (rest, ""),
    };
    // The last `@`: a login name often has one itself.
    let (user, host) = authority
        .rsplit_once('@')
        .ok_or_else(|| Error::account("the URL lacks a user: imaps://user@host"))?;
    if user.contains(':') {
        return Err(Error::account(
            "a password has no place in the URL (write a colon in the user name as %3A)",
        ));
    }
    let user = percent_decoded(user)
        .filter(|user| !user.is_empty() && !user.chars().any(char::is_control))
        .ok_or_else(|| Error::account("the user in the URL cannot be read"))?;
    // A TLS certificate names an address without its zone (RFC 6874 section 1).
    if host.contains('%') {
        return Err(Error::account(
            "the host in the URL has a % in it: an IPv6 address with a zone (fe80::1%25eth0) \
             cannot be verified by TLS; use the host's name, or an address without a zone",
        ));
    }
    let (host, port) =
        split_port(host).ok_or_else(|| Error::account("the host in the URL cannot be read"))?;
    let mut account = Account::new(protocol, security, host, user);
    account.port = port.unwrap_or(account.port);
    set_options(&mut account, options)?;
    Ok(account)
}

fn protocol(scheme: &str) -> Result<(Protocol, Security)> {
    let scheme = scheme.to_ascii_lowercase();
    if let Some((_, protocol, security)) = SCHEMES.iter().find(|(name, ..)| *name == scheme) {
        return Ok((*protocol, *security));
    }
    Err(match scheme.as_str() {
        "imap" | "pop3" | "pop" => Error::account(format_args!(
            "{scheme}:// would send the password in clear text: \
             use imaps://, pop3s://, imap+starttls:// or pop3+stls://"
        )),
        _ => Error::account(format_args!(
            "an account does not begin with {scheme}://, but with imaps://, pop3s://, \
             imap+starttls:// or pop3+stls://"
        )),
    })
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map(str::parse::<NonZeroU16>).transpose().ok()?.map(NonZeroU16::get);
    let sane = |character: char| character.is_ascii_alphanumeric() || "-._:".contains(character);
    (!host.is_empty() && host.chars().all(sane)).then_some((host, port))
}

/// `?folder=NAME&read-only&hide=CAPABILITY,..&quirk=NAME,..&preauth`, each at most once.
fn set_options(account: &mut Account, options: &str) -> Result<()> {
    let unknown = |what: &str| {
        Error::account(format_args!(
            "{what:?} after the host: there can be folder=, read-only, hide=, quirk= and preauth"
        ))
    };
    let list = match options.strip_prefix('?') {
        Some(list) => list,
        None if options.is_empty() => return Ok(()),
        None => return Err(unknown(options)),
    };
    let (mut folder, mut access) = (Some(FolderName::inbox()), Access::ReadWrite);
    let mut seen = Vec::new();
    for option in list.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        // Of two folders, which one is meant?
        if seen.contains(&name) {
            return Err(Error::account(format_args!("{name:?} is in the URL more than once")));
        }
        seen.push(name);
        match name {
            "preauth" => account.preauth = true,
            "read-only" => access = Access::ReadOnly,
            "folder" if value.is_empty() => folder = None,
            "folder" => {
                let name = percent_decoded(value).and_then(|name| FolderName::new(&name).ok());
                let unreadable = || Error::account("the folder in the URL cannot be read");
                folder = Some(name.ok_or_else(unreadable)?);
            }
            "hide" => {
                let names = value.split(',').map(percent_decoded).collect::<Option<Vec<_>>>();
                let unreadable = || Error::account("a capability in the URL cannot be read");
                account.hidden_capabilities.extend(names.ok_or_else(unreadable)?);
            }
            "quirk" => {
                for name in value.split(',') {
                    account.quirks = account.quirks.with(name.parse()?);
                }
            }
            _ => return Err(unknown(option)),
        }
    }
    account.open = folder.map(|folder| (folder, access));
    Ok(())
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_ours =
            |known: &&(_, Protocol, Security)| (known.1, known.2) == (self.protocol, self.security);
        let scheme = SCHEMES.iter().find(is_ours).map_or("", |(scheme, ..)| scheme);
        let user = percent_encode(self.user.as_bytes()).replace('@', "%40");
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{user}@{open}{}{close}:{}", self.host, self.port)?;
        let folder = match &self.open {
            Some((folder, _)) if folder.is_inbox() => None,
            Some((folder, _)) => Some(percent_encode(folder.as_str().as_bytes())),
            None => Some(String::new()),
        };
        let is_read_only = matches!(self.open, Some((_, Access::ReadOnly)));
        let hidden = self.hidden_capabilities.iter().map(|name| percent_encode(name.as_bytes()));
        let list = |names: Vec<String>| (!names.is_empty()).then(|| names.join(","));
        let options = [
            folder.map(|folder| format!("folder={folder}")),
            is_read_only.then(|| "read-only".to_owned()),
            list(hidden.collect()).map(|list| format!("hide={list}")),
            list(self.quirks.iter().map(|quirk| quirk.to_string()).collect())
                .map(|list| format!("quirk={list}")),
            self.preauth.then(|| "preauth".to_owned()),
        ];
        let options: Vec<String> = options.into_iter().flatten().collect();
        if options.is_empty() { Ok(()) } else { write!(f, "/?{}", options.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use crate::account::{Account, Protocol, Security};

    #[test]
    fn urls() {
        let rows = [
            ("imaps://a@h", Protocol::Imap, Security::ImplicitTls, "a", "h", 993),
            ("IMAPS://a@h:1993/", Protocol::Imap, Security::ImplicitTls, "a", "h", 1993),
            ("pop3s://a%40b@h", Protocol::Pop3, Security::ImplicitTls, "a@b", "h", 995),
            ("imap+starttls://a@b@h", Protocol::Imap, Security::StartTls, "a@b", "h", 143),
            (
                "pop3+stls://a%3Ab@[::1]:1110",
                Protocol::Pop3,
                Security::StartTls,
                "a:b",
                "::1",
                1110,
            ),
            (
                "office365:a@b",
                Protocol::Imap,
                Security::ImplicitTls,
                "a@b",
                "outlook.office365.com",
                993,
            ),
            (
                "Office365+pop3:a@b",
                Protocol::Pop3,
                Security::ImplicitTls,
                "a@b",
                "outlook.office365.com",
                995,
            ),
        ];
        for (text, protocol, security, user, host, port) in rows {
            let account: Account = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((account.protocol, account.security), (protocol, security), "{text}");
            assert_eq!(
                (account.user.as_str(), account.host.as_str(), account.port),
                (user, host, port),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let rows = [
            ("imap://a@h", "clear text"),
            ("pop3://a@h", "clear text"),
            ("imaps://a:secret@h", "password has no place"),
            ("imaps://h", "lacks a user"),
            ("imaps://a@", "host"),
            ("imaps://a@h:0", "host"),
            ("imaps://a@h:99999", "host"),
            ("imaps://a@h/INBOX", "after the host"),
            ("imaps://a@h/?x=1", "after the host"),
            ("imaps://a@h/?quirk=none", "quirk"),
            ("imaps://a@h/?folder=A&folder=B", "more than once"),
            ("imaps://a@h/?read-only&hide=IDLE&read-only", "more than once"),
            ("imaps://a@h/?hide=IDLE&hide=MOVE", "more than once"),
            ("imaps://a@h/?preauth&preauth", "more than once"),
            ("imaps://a@[fe80::1%25eth0]", "zone"),
            ("imaps://a@[fe80::1%25eth0]:993", "zone"),
            ("imaps://a@h/?folder=%0d", "folder"),
            ("imaps://a%0d%0ab@h", "user"),
            ("imaps://%ff@h", "user"),
            ("smtp://a@h", "does not begin with smtp://, but with imaps://"),
            ("nowhere:a@b", "not a known provider (office365, "),
            ("icloud+pop3:a@b", "icloud does not offer POP3"),
            ("office365:", "lacks a user"),
            ("alice", "URL"),
        ];
        for (text, reason) in rows {
            let error =
                text.parse::<Account>().map(|account| account.to_string()).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(!error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn the_text_of_an_account_reads_back() {
        for text in [
            "imaps://alice%40example.org@mail.example.org:993",
            "imap+starttls://a%3Ab@%5B::1%5D:1143",
            "pop3s://a%2541@h:995",
            "pop3+stls://a@h:110/?read-only",
            "imaps://a@h:993/?folder=Entw%C3%BCrfe&read-only&hide=IDLE,MOVE",
            "imaps://a@h:993/?hide=IDLE&quirk=bare-lf,unannounced",
            "imaps://a@h:993/?folder=",
            "imaps://a@h:993/?preauth",
            "imaps://a@h:993/?read-only&quirk=bare-lf&preauth",
        ] {
            let text = text.replace("%5B", "[").replace("%5D", "]");
            let account: Account = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(account.to_string(), text);
        }
        let account: Account = "office365:a@b".parse().unwrap();
        assert_eq!(account.to_string(), "imaps://a%40b@outlook.office365.com:993");
    }
}
