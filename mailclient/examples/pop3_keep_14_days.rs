//! Fetches each mail of a POP3 account once, and deletes it from the server 14 days later. What was
//! fetched, and when, is kept in a file beside the mails.
//!
//! ```text
//! export MAIL_PASSWORD=secret # or MAIL_TOKEN, an OAuth access token
//! cargo run -p mailclient --example pop3_keep_14_days -- pop3s://alice@mail.example.org mails
//! cargo run -p mailclient --example pop3_keep_14_days # on an embedded test server
//! ```

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mail_testserver::{Scheme, TestServer};
use mailclient::{
    Account, Connect, Credentials, Error, Feature, IdSet, List, MessageId, Part, Result, Tls,
};

const KEEP: Duration = Duration::from_secs(14 * 24 * 3600);

/// The mails that were fetched, and when, in seconds since 1970: a line of the file each.
type Fetched = BTreeMap<String, u64>;

/// How many mails were fetched, and how many deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) fetched: usize,
    pub(crate) deleted: u64,
}

/// One visit. A mail is in `folder` before the file says so, and the file says so before anything
/// is deleted: a crash at any point loses nothing and costs at most one mail that is fetched again.
///
/// # Errors
/// The server cannot be reached, has no unique-ids, or the folder cannot be written.
pub(crate) async fn visit(
    connect: &mut dyn Connect,
    folder: &Path,
    now: SystemTime,
) -> Result<Done> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let state = folder.join("fetched.txt");
    let mut fetched = read(&state).map_err(Error::local)?;
    let mut mailbox = connect.connect().await?;
    // Without UIDL an id is good for this session only: every mail would be fetched every time.
    if !mailbox.features().contains(Feature::StableIds) {
        return Err(Error::Unsupported(Feature::StableIds));
    }
    let rows = mailbox.list(&List::all()).await?.collect(usize::MAX).await?;
    let (mut new, mut expired) = (0, IdSet::new());
    for row in &rows {
        match fetched.get(&row.id.to_string()) {
            Some(then) if now.saturating_sub(*then) >= KEEP.as_secs() => {
                expired.insert(row.id.clone());
            }
            Some(_) => {}
            None => {
                let bytes = match mailbox.fetch(&row.id, &Part::Whole).await {
                    Ok(body) => body.collect(u64::MAX).await,
                    Err(error) => Err(error),
                };
                let bytes = match bytes {
                    // This mail alone cannot be read: the later ones are fetched all the same.
                    Err(error @ Error::Damaged(_)) => {
                        eprintln!("{}: {error}", row.id);
                        continue;
                    }
                    other => other?,
                };
                store(&folder.join(file_name(&row.id)), &bytes).map_err(Error::local)?;
                fetched.insert(row.id.to_string(), now);
                write(&state, &fetched).map_err(Error::local)?;
                new += 1;
            }
        }
    }
    // Marked now, deleted by QUIT, all or none of them.
    mailbox.delete(&expired)?;
    let deleted = mailbox.close().await?.done();
    // The file does not grow for ever: mails that are not on the server any more are forgotten.
    let there = rows.iter().map(|row| &row.id).filter(|id| !deleted.contains(id));
    let there: Vec<String> = there.map(ToString::to_string).collect();
    fetched.retain(|id, _| there.contains(id));
    write(&state, &fetched).map_err(Error::local)?;
    Ok(Done { fetched: new, deleted: deleted.len() })
}

/// The text of an id has no byte that is special in a file name but its colon.
fn file_name(id: &MessageId) -> String {
    format!("{}.eml", id.to_string().replace(':', "_"))
}

/// Writes a file such that it is there whole or not at all.
fn store(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = file.with_extension("part");
    fs::write(&part, bytes)?;
    fs::File::open(&part)?.sync_all()?;
    fs::rename(part, file)
}

fn read(state: &Path) -> io::Result<Fetched> {
    let text = match fs::read_to_string(state) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        other => other?,
    };
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    Ok(lines.filter_map(|(then, id)| Some((id.to_owned(), then.parse().ok()?))).collect())
}

fn write(state: &Path, fetched: &Fetched) -> io::Result<()> {
    let lines: String = fetched.iter().map(|(id, then)| format!("{then} {id}\n")).collect();
    store(state, lines.as_bytes())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let Some(url) = arguments.next() else {
        let folder = env::temp_dir().join(format!("pop3-keep-{}", std::process::id()));
        let server = TestServer::start().await?;
        let done = on_test_server(&server, &folder).await;
        fs::remove_dir_all(&folder)?;
        return Ok(done.map(print)?);
    };
    let folder = arguments.next().ok_or("name a folder for the mails")?;
    fs::create_dir_all(&folder)?;
    let account: Account = url.parse()?;
    let mut login = (account, credentials()?);
    print(vec![visit(&mut login, Path::new(&folder), SystemTime::now()).await?]);
    Ok(())
}

#[allow(clippy::print_stdout, reason = "a program shows what it does")]
fn print(visits: Vec<Done>) {
    for Done { fetched, deleted } in visits {
        println!("{fetched} fetched, {deleted} deleted");
    }
}

/// Visits the maildrop of alice today, an hour later, and after 14 days, when a new mail is there.
pub(crate) async fn on_test_server(server: &TestServer, folder: &Path) -> Result<Vec<Done>> {
    fs::create_dir_all(folder).map_err(Error::local)?;
    let account: Account = server.url(Scheme::Pop3s, "alice").parse()?;
    let account = account.with_tls(Tls::with_config(server.client_config()));
    let mut login = (account, Credentials::password(server.password("alice")));
    let today = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let first = visit(&mut login, folder, today).await?;
    let again = visit(&mut login, folder, today + Duration::from_secs(3600)).await?;
    server.deliver("alice", "INBOX", "Subject: late\r\n\r\n").map_err(Error::local)?;
    let late = visit(&mut login, folder, today + KEEP).await?;
    Ok(vec![first, again, late])
}

/// An access token where there is one (Office 365, Gmail), else a password.
fn credentials() -> Result<Credentials, env::VarError> {
    match env::var("MAIL_TOKEN") {
        Ok(token) => Ok(Credentials::token(token)),
        Err(_) => env::var("MAIL_PASSWORD").map(Credentials::password),
    }
}
