//! A program outside of this repository, built from the packages by `.ci/packages.sh`: it reads one
//! mail over each protocol, takes a step with each protocol crate, and calls every method of a
//! mailbox of its own. The modules are files of `mailclient/tests/it/outside`.

mod counting;
mod memory;
mod tour;

use mail_testserver::{Scheme, TestServer};
use mailclient::{Account, Connect, Credentials, List, Part, Tls};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let message = "Subject: outside\r\n\r\nhello\r\n";
    let server = TestServer::builder().message("bob", "INBOX", message).start().await?;
    for scheme in [Scheme::Imaps, Scheme::Pop3s] {
        let account: Account = server.url(scheme, "bob").parse()?;
        let account = account.with_tls(Tls::with_extra_roots(server.root_pem().as_bytes())?);
        let password = Credentials::password(server.password("bob"));
        let mut mailbox = account.connect(&password).await?;
        let rows = mailbox.list(&List::all()).await?.collect(10).await?;
        let body = mailbox.fetch(&rows[0].id, &Part::Whole).await?.collect(1000).await?;
        assert_eq!(body, message.as_bytes());
        mailbox.close().await?;
        println!("outside: {} bytes over {scheme}", body.len());
    }

    let messages = ["Subject: first\r\n\r\na\r\n", "Subject: second\r\n\r\nlonger than a\r\n"];
    let mut mailbox = tour::Opens(|| memory::Memory::new(&messages)).connect().await?;
    let mut counting = counting::Counting::new(&mut *mailbox);
    tour::tour(&mut counting).await?;
    println!("outside: {} calls of a mailbox in memory", counting.calls);

    let config = imap_proto_lite::Config::new(imap_proto_lite::Transport::Tls);
    let imap = imap_proto_lite::client::Connection::new(config);
    let config = pop3_proto::Config::new(pop3_proto::Transport::Tls);
    let pop3 = pop3_proto::client::Connection::new(config);
    println!("outside: {:?}, {:?}", imap.state(), pop3.state());
    Ok(())
}
