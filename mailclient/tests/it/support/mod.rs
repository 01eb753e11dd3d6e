//! Accounts for the tests.

use mail_testserver::{Scheme, TestServer};
use mailclient::{Account, Protocol, Security, Tls};

/// An account for a pipe: nothing connects to its host.
pub(crate) fn account(protocol: Protocol) -> Account {
    Account::new(protocol, Security::ImplicitTls, "localhost", "alice")
}

/// The account of alice on the embedded server, which trusts its certificate.
pub(crate) fn account_at(server: &TestServer, scheme: Scheme) -> Account {
    let account: Account = server.url(scheme, "alice").parse().unwrap();
    account.with_tls(Tls::with_config(server.client_config()))
}
