//! The Dovecot that `.ci/dovecot.sh` started: its ports, users and mail.

use std::{fs, path::PathBuf};

use mailclient::{Account, Credentials, Protocol, Security, Tls};

use super::Given;

pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: these tests need a Dovecot (packages dovecot-core, dovecot-imapd, dovecot-pop3d) started by .ci/dovecot.sh; .ci/run does all of it")
    })
}

pub(crate) fn port(name: &str) -> u16 {
    variable(name).parse().unwrap()
}

pub(crate) const FORMS: [(Protocol, Security, &str); 4] = [
    (Protocol::Imap, Security::ImplicitTls, "DOVECOT_IMAPS"),
    (Protocol::Imap, Security::StartTls, "DOVECOT_IMAP"),
    (Protocol::Pop3, Security::ImplicitTls, "DOVECOT_POP3S"),
    (Protocol::Pop3, Security::StartTls, "DOVECOT_POP3"),
];

pub(crate) fn accounts(user: &str) -> Vec<Account> {
    FORMS
        .iter()
        .map(|&(protocol, security, port_name)| account(protocol, security, port(port_name), user))
        .collect()
}

pub(crate) fn account(protocol: Protocol, security: Security, port: u16, user: &str) -> Account {
    let mut account = Account::new(protocol, security, "localhost", user).with_tls(trust());
    account.port = port;
    account
}

pub(crate) fn trust() -> Tls {
    Tls::with_extra_roots(&fs::read(variable("DOVECOT_CA")).unwrap()).unwrap()
}

pub(crate) fn password(user: &str) -> Credentials {
    let users = variable("DOVECOT_USERS");
    let password =
        users.split(' ').find_map(|pair| pair.strip_prefix(user)?.strip_prefix(':')).unwrap();
    Credentials::password(password)
}

/// Puts messages into a user's INBOX, in this order.
pub(crate) fn deliver(user: &str, messages: &[Given]) {
    let folder = PathBuf::from(variable("DOVECOT_MAIL")).join(user);
    for (index, message) in messages.iter().enumerate() {
        let name = format!("{}.M{index}.localhost", 1_700_000_000 + index);
        let fresh = folder.join("tmp").join(&name);
        fs::write(&fresh, &message.bytes).unwrap();
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        fs::set_permissions(&fresh, readable).unwrap();
        fs::rename(fresh, folder.join("new").join(&name)).unwrap();
    }
}
