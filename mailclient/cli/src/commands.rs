//! The commands of the program, independent of the protocol.

use std::{io::IsTerminal, path::Path, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use mailclient::{
    Access, Body, Error, Feature, FeatureSet, Folder, FolderName, Folders, IdSet, List, Mailbox,
    Message, MessageId, Part, Query, Summary,
};
use serde_json::json;
use tokio::fs;

use crate::{Failure, complain, print_bytes, show};

/// The longest message that is read into memory to be shown as text, in bytes.
const LONGEST_TEXT: u64 = 64 * 1024 * 1024;

pub(crate) async fn list(
    mut mailbox: Box<dyn Mailbox>,
    folder: &FolderName,
    limit: u32,
    json: bool,
) -> Result<(), Failure> {
    let folders = folders(&mut *mailbox).await?;
    let open = mailbox.open(folder, Access::ReadOnly).await?;
    let request = with_headers(List::newest(limit), mailbox.features());
    let has_structure = mailbox.features().contains(Feature::Structure);
    let request = if json && has_structure { request.with_structure() } else { request };
    let rows = rows(&mut *mailbox, &request).await?;
    if json {
        let (folders, messages) = (show::json_folders(&folders), show::json_rows(&rows));
        let total = open.messages;
        say!("{}", json!({ "folders": folders, "total": total, "messages": messages }));
    } else {
        show::features(mailbox.features());
        say!("");
        show::folders(&folders);
        say!("\n  {folder}: {} messages, the newest {}:\n", open.messages, rows.len());
        show::rows(&rows);
    }
    mailbox.close().await?;
    Ok(())
}

/// The folders; over POP3 the one that there is.
pub(crate) async fn folders(mailbox: &mut dyn Mailbox) -> Result<Vec<Folder>, Failure> {
    match mailbox.folders(&Folders::all().with_counts()).await {
        Err(Error::Unsupported(Feature::Folders)) => Ok(vec![Folder::new(FolderName::inbox())]),
        folders => Ok(folders?),
    }
}

/// The newest messages, with their headers if the server sends these without the whole message.
pub(crate) async fn newest(mailbox: &mut dyn Mailbox, limit: u32) -> Result<Vec<Summary>, Failure> {
    let request = with_headers(List::newest(limit), mailbox.features());
    rows(mailbox, &request).await
}

fn with_headers(request: List, features: FeatureSet) -> List {
    if features.contains(Feature::Headers) { request.with_envelopes() } else { request }
}

/// The rows of a listing. A row that cannot be read is told, and the others are shown.
async fn rows(mailbox: &mut dyn Mailbox, request: &List) -> Result<Vec<Summary>, Failure> {
    let mut listing = mailbox.list(request).await?;
    let mut rows = Vec::new();
    while let Some(row) = listing.next().await {
        match row {
            Ok(row) => rows.push(row),
            Err(Error::Damaged(damage)) => complain(format_args!("mail: not shown: {damage}")),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(rows)
}

pub(crate) async fn read(
    mut mailbox: Box<dyn Mailbox>,
    folder: &FolderName,
    id: &MessageId,
    json: bool,
) -> Result<(), Failure> {
    mailbox.open(folder, Access::ReadOnly).await?;
    let message = mailbox.fetch(id, &Part::Whole).await?.collect(LONGEST_TEXT).await?;
    if json {
        let mut row = Summary::new(id.clone());
        let message = Message::parse(message);
        row.envelope = Some(Box::new(message.envelope()));
        let attachments = show::json_attachments(&message.attachments());
        let (row, text) = (show::json_row(&row), message.text());
        say!("{}", json!({ "message": row, "text": text, "attachments": attachments }));
    } else {
        print_message(message);
    }
    mailbox.close().await?;
    Ok(())
}

pub(crate) fn print_message(message: Vec<u8>) {
    let message = Message::parse(message);
    let envelope = message.envelope();
    let list = |addresses: &[mailclient::Address]| {
        show::clean(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    };
    say!("  From:    {}", list(&envelope.from));
    say!("  To:      {}", list(&envelope.to));
    say!("  Subject: {}", show::clean(envelope.subject.as_deref().unwrap_or_default()));
    if let Some(date) = envelope.date {
        say!("  Date:    {date}");
    }
    for attachment in message.attachments() {
        say!(
            "  Holds:   {} ({}, {} bytes)",
            show::clean(attachment.name.as_deref().unwrap_or("a part without a name")),
            show::clean(&attachment.media_type),
            show::content_size(&attachment)
        );
    }
    say!("");
    for line in show::clean_lines(&message.text()).lines() {
        say!("  | {line}");
    }
}

pub(crate) async fn get(
    mut mailbox: Box<dyn Mailbox>,
    folder: &FolderName,
    id: &MessageId,
    file: &Path,
    force: bool,
    json: bool,
) -> Result<(), Failure> {
    let is_stdout = file == Path::new("-");
    if is_stdout && json {
        return Err("--json and the message cannot both go to standard output".into());
    }
    if !is_stdout && !force && fs::try_exists(file).await.unwrap_or(false) {
        let file = file.display();
        return Err(format!("{file} exists already (--force replaces it)").into());
    }
    mailbox.open(folder, Access::ReadOnly).await?;
    if is_stdout {
        print_body(mailbox.fetch(id, &Part::Whole).await?).await?;
        mailbox.close().await?;
        return Ok(());
    }
    let size = download(mailbox.fetch(id, &Part::Whole).await?, file).await?;
    if json {
        say!("{}", json!({ "file": file, "size": size }));
    } else {
        say!("{size} bytes in {}", file.display());
    }
    mailbox.close().await?;
    Ok(())
}

/// Writes a body to the standard output as it comes.
async fn print_body(mut body: Body<'_>) -> Result<(), Failure> {
    while let Some(chunk) = body.chunk().await? {
        print_bytes(&chunk);
    }
    Ok(())
}

/// Writes a body to a file as it comes. The file gets its name only when it is complete; until then
/// it is `FILE.part`, which is removed after a failure.
pub(crate) async fn download(body: Body<'_>, file: &Path) -> Result<u64, Failure> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let written = write(body, file, Path::new(&part)).await;
    if written.is_err() {
        // The failure is told; there may be no file yet.
        let _ = fs::remove_file(&part).await;
    }
    written
}

async fn write(mut body: Body<'_>, file: &Path, part: &Path) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", file.display());
    let mut out = fs::File::create(part).await.map_err(failed)?;
    let progress = Progress::new(body.size_hint().map(mailclient::SizeHint::bytes));
    while let Some(chunk) = body.chunk().await? {
        tokio::io::AsyncWriteExt::write_all(&mut out, &chunk).await.map_err(failed)?;
        progress.at(body.received());
    }
    out.sync_all().await.map_err(failed)?;
    fs::rename(part, file).await.map_err(failed)?;
    progress.done();
    Ok(body.received())
}

/// A progress bar on a terminal, lines elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    hint: Option<u64>,
    told: std::cell::Cell<u64>,
}

/// Bytes between two lines.
const LINE_EVERY: u64 = 1024 * 1024;

impl Progress {
    fn new(hint: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = hint.map_or_else(ProgressBar::no_length, ProgressBar::new);
            if let Ok(style) =
                ProgressStyle::with_template("  {bar:40} {bytes} of {total_bytes} {bytes_per_sec}")
            {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, hint, told: std::cell::Cell::new(0) }
    }

    /// The server's size is a hint: a larger message moves the end.
    fn at(&self, received: u64) {
        if let Some(bar) = &self.bar {
            if self.hint.is_some_and(|hint| received > hint) {
                bar.set_length(received);
            }
            bar.set_position(received);
        } else if received >= self.told.get() + LINE_EVERY {
            self.told.set(received);
            match self.hint {
                Some(hint) => complain(format_args!("  {received} of about {hint} bytes")),
                None => complain(format_args!("  {received} bytes")),
            }
        }
    }

    fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

pub(crate) async fn search(
    mut mailbox: Box<dyn Mailbox>,
    folder: &FolderName,
    query: &Query,
    limit: u32,
    json: bool,
) -> Result<(), Failure> {
    mailbox.open(folder, Access::ReadOnly).await?;
    let found = mailbox.search(query).await?.ids;
    let total = found.len();
    let rows = found_rows(&mut *mailbox, &found, limit).await?;
    if json {
        say!("{}", json!({ "total": total, "messages": show::json_rows(&rows) }));
    } else {
        say!("  {total} messages found, the newest {}:\n", rows.len());
        show::rows(&rows);
    }
    mailbox.close().await?;
    Ok(())
}

/// The newest of the messages that a search found.
pub(crate) async fn found_rows(
    mailbox: &mut dyn Mailbox,
    found: &IdSet,
    limit: u32,
) -> Result<Vec<Summary>, Failure> {
    let older = found.len().saturating_sub(limit.into());
    let older = usize::try_from(older).unwrap_or(usize::MAX);
    let newest: IdSet = found.iter().skip(older).collect();
    let request = with_headers(List::ids(newest), mailbox.features());
    rows(mailbox, &request).await
}
