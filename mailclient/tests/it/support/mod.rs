//! Accounts for the tests, and mailboxes on servers that play a script.

use mail_harness::script::script;
use mail_testserver::{Scheme, TestServer};
use mailclient::{Account, Credentials, FolderName, Mailbox, Protocol, Result, Security, Tls};

/// An account for a pipe: nothing connects to its host.
pub(crate) fn account(protocol: Protocol) -> Account {
    Account::new(protocol, Security::ImplicitTls, "localhost", "alice")
}

/// The account of alice on the embedded server, which trusts its certificate.
pub(crate) fn account_at(server: &TestServer, scheme: Scheme) -> Account {
    let account: Account = server.url(scheme, "alice").parse().unwrap();
    account.with_tls(Tls::with_config(server.client_config()))
}

/// Logs in to a server that plays a [`script`].
pub(crate) async fn log_in(
    text: &str,
    account: &Account,
    credentials: &Credentials,
) -> Result<Box<dyn Mailbox>> {
    let (stream, _server) = script(text);
    account.connect_protected(stream, credentials).await
}

/// A folder's name.
pub(crate) fn folder(name: &str) -> FolderName {
    name.parse().unwrap()
}
