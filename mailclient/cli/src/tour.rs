//! The tour: one code path over a `Box<dyn Mailbox>`, run over IMAPS and then over POP3S.

use mail_testserver::{Scheme, TestServer};
use mailclient::{
    Access, Account, Credentials, Error, Feature, FlagChange, Flags, FolderName, IdSet, Mailbox,
    Part, Query, Tls,
};

use crate::{Failure, commands, show};

pub(crate) async fn run() -> Result<(), Failure> {
    let server = TestServer::start().await?;
    say!("An embedded server runs on loopback, with a certificate made for it just now.");
    for scheme in [Scheme::Imaps, Scheme::Pop3s] {
        let account: Account = server.url(scheme, "alice").parse()?;
        let account = account.with_tls(Tls::with_config(server.client_config()));
        let credentials = Credentials::password(server.password("alice"));
        say!("\n=== {account} ===");
        let mailbox = account.connect(&credentials).await?;
        let before = visit(mailbox).await?;
        let after = count(&account, &credentials).await?;
        say!("\n  The session is closed: {before} messages were there, {after} are left.");
    }
    Ok(())
}

async fn count(account: &Account, credentials: &Credentials) -> Result<u64, Failure> {
    let mut mailbox = account.connect(credentials).await?;
    let messages = mailbox.status().await?.messages;
    mailbox.close().await?;
    Ok(messages)
}

/// The whole tour, independent of the protocol. Returns the number of messages.
async fn visit(mut mailbox: Box<dyn Mailbox>) -> Result<u64, Failure> {
    heading("What this mailbox can do");
    show::features(mailbox.features());

    heading("Folders");
    show::folders(&commands::folders(&mut *mailbox).await?);

    let open = mailbox.open(&FolderName::inbox(), Access::ReadWrite).await?;
    heading(&format!("The newest of {} messages", open.messages));
    let rows = commands::newest(&mut *mailbox, 20).await?;
    show::rows(&rows);

    let chosen = rows
        .iter()
        .find(|row| !show::subject(row).is_ascii())
        .or_else(|| rows.first())
        .ok_or("the maildrop is empty")?;
    heading("One message as text");
    let message = mailbox.fetch(&chosen.id, &Part::Whole).await?.collect(1 << 20).await?;
    commands::print_message(message);

    let largest = rows.iter().max_by_key(|row| row.size).ok_or("the maildrop is empty")?;
    heading("The largest one into a file");
    let folder = std::env::temp_dir().join(format!("mail-tour-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("message.eml");
    let received =
        commands::download(mailbox.fetch(&largest.id, &Part::Whole).await?, &file).await?;
    std::fs::remove_dir_all(&folder)?;
    say!("  {received} bytes written and complete");

    heading("Search on the server: \"engine\"");
    if let Some(found) = possible(mailbox.search(&Query::words("engine")).await)? {
        show::rows(&commands::found_rows(&mut *mailbox, &found.ids, 20).await?);
    }

    heading("Flag a message");
    let flags = Flags::new().with_flagged();
    let ids = IdSet::from(&chosen.id);
    if possible(mailbox.set_flags(&ids, FlagChange::Add, &flags).await)?.is_some() {
        say!("  {} is now {flags}", chosen.id);
    }

    heading("Delete a message");
    if possible(mailbox.delete(&ids))?.is_some() {
        say!("  {} goes when the session is closed properly, and not before", chosen.id);
    }
    let report = mailbox.close().await?;
    say!("  {report}");
    Ok(open.messages)
}

fn heading(text: &str) {
    say!("\n-- {text}\n");
}

/// A feature that the protocol lacks is reported and is no failure.
fn possible<T>(answer: Result<T, Error>) -> Result<Option<T>, Failure> {
    match answer {
        Err(Error::Unsupported(feature)) => {
            say!("  not here: this mailbox has no {}", noun(feature));
            Ok(None)
        }
        other => Ok(Some(other?)),
    }
}

fn noun(feature: Feature) -> String {
    match feature {
        Feature::Delete => "safe way to delete single messages".into(),
        other => other.to_string(),
    }
}
