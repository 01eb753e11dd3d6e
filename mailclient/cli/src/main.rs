//! `mail`: reads mail over IMAP or POP3 through one `Box<dyn Mailbox>`.
//!
//! Without an argument it starts the embedded server and shows the features of both protocols:
//! `cargo run --release --bin mail`. With a command it reads a real account, and changes nothing
//! there. `mail serve` runs the embedded server for other programs.

/// Prints a line; ends the program quietly if its reader is gone (`mail ls URL | head`).
macro_rules! say {
    ($($arguments:tt)*) => { $crate::print_line(format_args!($($arguments)*)) };
}

mod commands;
mod save;
mod serve;
mod show;
mod tour;

use std::{
    fmt,
    io::{self, Write as _},
    path::PathBuf,
    process::{self, ExitCode},
};

use clap::{Args, Parser, Subcommand};
use mailclient::{Account, Credentials, Query, Tls};

/// Read mail from a mail server, over IMAP or POP3.
///
/// Without a command: start a server in this program and show what both protocols can do.
#[derive(Debug, Parser)]
#[command(
    name = "mail",
    version,
    after_help = "\
URL names an account: how to talk to the server, who you are there, and where the server is.
  imaps://alice@imap.example.org    IMAP: the mail and its folders stay on the server
  pop3s://alice@pop.example.org     POP3: an inbox only, which mail is taken from
  office365:alice@contoso.com       Microsoft 365; office365+pop3:alice@contoso.com for POP3
  imap+starttls://alice@host        IMAP and
  pop3+stls://alice@host            POP3 for servers that encrypt only on request (STARTTLS)
A provider's help pages name the server. A port other than the usual one goes at the end:
imaps://alice@imap.example.org:1993. Every connection is encrypted, and the server's certificate
is verified.

The password is asked for on the terminal, or read from the environment variable MAIL_PASSWORD.
For accounts that take no password (Microsoft 365), MAIL_TOKEN holds an OAuth 2.0 access token.

ls, read, get, save and search change nothing in the account.

Try it without an account:
  mail serve --imap 1993 --write-ca root.pem
  MAIL_PASSWORD=wonderland mail ls --ca root.pem imaps://alice@localhost:1993"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the folders and the newest messages of a folder; `*` marks what was not read
    Ls {
        /// The account, such as imaps://alice@imap.example.org (`mail --help` explains)
        url: String,
        /// The folder
        #[arg(default_value = "INBOX")]
        folder: String,
        /// Show at most N messages
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        options: Options,
    },
    /// Print a message as text
    Read {
        /// The account, such as imaps://alice@imap.example.org (`mail --help` explains)
        url: String,
        /// The message, as `ls` shows it
        id: String,
        /// The folder
        #[arg(long, default_value = "INBOX")]
        folder: String,
        #[command(flatten)]
        options: Options,
    },
    /// Download a message unchanged
    Get {
        /// The account, such as imaps://alice@imap.example.org (`mail --help` explains)
        url: String,
        /// The message, as `ls` shows it
        id: String,
        /// The new file; `-` is the standard output
        file: PathBuf,
        /// Replace the file if it exists
        #[arg(long)]
        force: bool,
        /// The folder
        #[arg(long, default_value = "INBOX")]
        folder: String,
        #[command(flatten)]
        options: Options,
    },
    /// Save the attachments of a message, decoded; files that exist stay as they are
    Save {
        /// The account, such as imaps://alice@imap.example.org (`mail --help` explains)
        url: String,
        /// The message, as `ls` shows it
        id: String,
        /// Only the attachment with this number, as `ls --json` shows it, such as 2 or 1.2
        #[arg(long, value_name = "N")]
        part: Option<String>,
        /// The directory of the new files
        #[arg(short, long, value_name = "DIR", default_value = ".")]
        output: PathBuf,
        /// The folder
        #[arg(long, default_value = "INBOX")]
        folder: String,
        /// Trust the root certificates of this PEM file as well (a private server)
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
    },
    /// Let the server search for messages that hold all the words
    Search {
        /// The account, such as imaps://alice@imap.example.org (`mail --help` explains)
        url: String,
        /// The words
        #[arg(required_unless_present_any = ["from", "subject", "unseen"])]
        words: Vec<String>,
        /// Only messages from this sender
        #[arg(long, value_name = "TEXT")]
        from: Option<String>,
        /// Only messages with this in their subject
        #[arg(long, value_name = "TEXT")]
        subject: Option<String>,
        /// Only messages that were not read
        #[arg(long)]
        unseen: bool,
        /// The folder
        #[arg(long, default_value = "INBOX")]
        folder: String,
        /// Show at most N messages
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        options: Options,
    },
    /// Run a mail server with a few messages on this machine, to try a mail program or to test one
    Serve {
        #[command(flatten)]
        options: serve::Options,
    },
}

#[derive(Debug, Args)]
struct Options {
    /// Trust the root certificates of this PEM file as well (a private server)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Print JSON, one document, for scripts
    #[arg(long)]
    json: bool,
}

/// One line for the user: the reason, and what to do.
type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) if !told.use_stderr() => {
            say!("{}", told.to_string().trim_end());
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            let wrong = wrong.to_string();
            let line = wrong.lines().take(2).map(str::trim).collect::<Vec<_>>().join(" ");
            let line = line.trim_start_matches("error: ");
            complain(format_args!("mail: {line} (`mail --help` explains)"));
            return ExitCode::FAILURE;
        }
    };
    let done = match cli.command {
        None => tour::run().await,
        Some(command) => run(command).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(format_args!("mail: {}{}", reasons(&*failure), advice(&*failure)));
            ExitCode::FAILURE
        }
    }
}

fn print_line(line: fmt::Arguments<'_>) {
    wrote(writeln!(io::stdout(), "{line}"));
}

/// Prints bytes unchanged, such as a message that another program reads.
fn print_bytes(bytes: &[u8]) {
    let mut out = io::stdout();
    // The standard output keeps what follows the last line break until it is told.
    wrote(out.write_all(bytes).and_then(|()| out.flush()));
}

fn wrote(result: io::Result<()>) {
    match result {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => process::exit(0),
        Err(error) => {
            complain(format_args!("mail: cannot write the output: {error}"));
            process::exit(1);
        }
    }
}

/// Prints a line to standard error. There is no place to report that it is closed.
fn complain(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Ls { url, folder, limit, options } => {
            let folder = folder.parse()?;
            let mailbox = open(&url, &options).await?;
            commands::list(mailbox, &folder, limit, options.json).await
        }
        Command::Read { url, id, folder, options } => {
            let (id, folder) = (id.parse()?, folder.parse()?);
            let mailbox = open(&url, &options).await?;
            commands::read(mailbox, &folder, &id, options.json).await
        }
        Command::Get { url, id, file, force, folder, options } => {
            let (id, folder) = (id.parse()?, folder.parse()?);
            let mailbox = open(&url, &options).await?;
            commands::get(mailbox, &folder, &id, &file, force, options.json).await
        }
        Command::Save { url, id, part, output, folder, ca } => {
            let (id, folder) = (id.parse()?, folder.parse()?);
            let mailbox = open(&url, &Options { ca, json: false }).await?;
            save::run(mailbox, &folder, &id, part.as_deref(), &output).await
        }
        Command::Search { url, words, from, subject, unseen, folder, limit, options } => {
            let folder = folder.parse()?;
            let mailbox = open(&url, &options).await?;
            let conditions = [
                from.map(Query::from),
                subject.map(Query::subject),
                unseen.then_some(Query::Unseen),
            ];
            let words = Query::words(&words.join(" "));
            let query = conditions.into_iter().flatten().fold(words, Query::and);
            commands::search(mailbox, &folder, &query, limit, options.json).await
        }
        Command::Serve { options } => serve::run(&options).await,
    }
}

async fn open(url: &str, options: &Options) -> Result<Box<dyn mailclient::Mailbox>, Failure> {
    let account: Account = url.parse()?;
    let account = match &options.ca {
        Some(file) => {
            let pem = std::fs::read(file)
                .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            account.with_tls(Tls::with_extra_roots(&pem)?)
        }
        None => account,
    };
    let credentials = credentials(&account)?;
    Ok(account.connect(&credentials).await?)
}

fn credentials(account: &Account) -> Result<Credentials, Failure> {
    if let Ok(token) = std::env::var("MAIL_TOKEN") {
        return Ok(Credentials::token(token));
    }
    if let Ok(password) = std::env::var("MAIL_PASSWORD") {
        return Ok(Credentials::password(password));
    }
    let password =
        rpassword::prompt_password(format!("Password of {} at {}: ", account.user, account.host))
            .map_err(|error| {
            format!(
                "no secret: set MAIL_PASSWORD or MAIL_TOKEN, or run this on a terminal ({error})"
            )
        })?;
    Ok(Credentials::password(password))
}

/// A failure and its causes, in one line.
fn reasons(failure: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(failure.source(), |cause| cause.source());
    let mut line = failure.to_string();
    for cause in causes.map(ToString::to_string) {
        // Some libraries say their cause themselves.
        if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn advice(failure: &(dyn std::error::Error + 'static)) -> &'static str {
    match failure.downcast_ref::<mailclient::Error>() {
        Some(error) if error.is_auth() => {
            " (check user and MAIL_PASSWORD, or get a fresh MAIL_TOKEN)"
        }
        Some(error) if error.is_transient() => " (try again later)",
        Some(mailclient::Error::Protocol(_)) => {
            " (check the port: 993 is usual for IMAP, 995 for POP3)"
        }
        Some(mailclient::Error::Unsupported(_)) => " (`mail ls` shows what this mailbox can do)",
        Some(mailclient::Error::NoSuchMessage(_) | mailclient::Error::StaleId(_)) => {
            " (`mail ls` shows the messages)"
        }
        Some(mailclient::Error::OtherFolder { .. }) => " (name its folder with --folder)",
        _ => "",
    }
}
